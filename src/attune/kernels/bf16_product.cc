#include "attune/kernels/bf16_product.h"

#include <algorithm>
#include <cstdint>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <dlfcn.h>

#include "attune/base/system.h"
#include "attune/kernels/fused.h"
#include "attune/kernels/simd/avx512_bf16/product.h"

namespace attune {

namespace {

// MKL's product of bfloat16 matrices into fp32, column-major, 64-bit sizes.
using MklGemm = void (*)(const char* transpose_a, const char* transpose_b, const std::int64_t* m,
                         const std::int64_t* n, const std::int64_t* k, const float* alpha,
                         const at::BFloat16* a, const std::int64_t* lda, const at::BFloat16* b,
                         const std::int64_t* ldb, const float* beta, float* c,
                         const std::int64_t* ldc);

// Null where LibTorch was built without MKL, and where its product would not use tiles: without
// them it computes in fp32.
MklGemm mkl_gemm() {
  static const auto found =
      cpu_features().amx_bf16 && !cpu_features().amx_hidden
          ? reinterpret_cast<MklGemm>(dlsym(RTLD_DEFAULT, "gemm_bf16bf16f32_64_"))
          : nullptr;
  return found;
}

bool rows_are_contiguous(const at::Tensor& t) {
  return t.stride(1) == 1 || t.size(1) == 1;
}

void multiply_by_mkl(MklGemm gemm, const at::Tensor& a, const at::Tensor& b, const at::Tensor& c,
                     bool accumulate) {
  // Row-major c = a b is column-major c^T = b^T a^T.
  const auto leading = [](const at::Tensor& t) {
    return rows_are_contiguous(t) ? t.stride(0) : t.stride(1);
  };
  const std::int64_t m = c.size(1), n = c.size(0), k = a.size(1), lda = leading(b),
                     ldb = leading(a), ldc = c.stride(0);
  const float alpha = 1.0F, beta = accumulate ? 1.0F : 0.0F;
  if (rows_are_contiguous(a) && ldb < k) {
    // MKL takes no rows that overlap: a product for each part of the depth in which they do not.
    for (std::int64_t i = 0; i < k; i += ldb) {
      const std::int64_t depth = std::min(ldb, k - i);
      multiply_by_mkl(gemm, a.narrow(1, i, depth), b.narrow(0, i, depth), c, accumulate || i > 0);
    }
    return;
  }
  gemm(rows_are_contiguous(b) ? "N" : "T", rows_are_contiguous(a) ? "N" : "T", &m, &n, &k, &alpha,
       b.const_data_ptr<at::BFloat16>(), &lda, a.const_data_ptr<at::BFloat16>(), &ldb, &beta,
       c.mutable_data_ptr<float>(), &ldc);
}

const avx512_bf16::Bits* bits_of(const at::Tensor& t) {
  return reinterpret_cast<const avx512_bf16::Bits*>(t.const_data_ptr<at::BFloat16>());
}
avx512_bf16::Bits* mutable_bits_of(const at::Tensor& t) {
  return reinterpret_cast<avx512_bf16::Bits*>(t.mutable_data_ptr<at::BFloat16>());
}

avx512_bf16::Matrix matrix_of(const at::Tensor& t) {
  if (rows_are_contiguous(t)) return {bits_of(t), t.stride(0), 1};
  return {bits_of(t), 1, t.stride(1)};
}

// `a` with contiguous rows.
at::Tensor turned(const at::Tensor& a) {
  if (rows_are_contiguous(a)) return a;
  const at::Tensor rows = at::empty({a.size(0), a.size(1)}, a.options());
  const avx512_bf16::Matrix columns = matrix_of(a.t());
  at::parallel_for(0, a.size(0), 32, [&](std::int64_t begin, std::int64_t end) {
    avx512_bf16::turn(columns, a.size(1), begin, end, mutable_bits_of(rows));
  });
  return rows;
}

// Every element is summed by one thread in one order: the bits do not depend on the threads.
void multiply_by_loops(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c,
                       bool accumulate) {
  const std::int64_t m = a.size(0), k = a.size(1), n = b.size(1);
  const at::Tensor rows = turned(a);
  const at::Tensor packed = at::empty({avx512_bf16::packed_size(k, n)}, b.options());
  const std::int64_t panels = (n + avx512_bf16::kPanel - 1) / avx512_bf16::kPanel;
  at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
    avx512_bf16::pack(matrix_of(b), k, n, begin, end, mutable_bits_of(packed));
  });
  const avx512_bf16::Product product = {bits_of(rows),
                                        rows.stride(0),
                                        bits_of(packed),
                                        c.mutable_data_ptr<float>(),
                                        c.stride(0),
                                        k,
                                        n,
                                        accumulate};
  // Whole rows where there are enough of them for all threads, else also parts of the panels.
  constexpr std::int64_t kRows = 48;
  const std::int64_t blocks = (m + kRows - 1) / kRows, wanted = 4 * at::get_num_threads();
  const std::int64_t parts = std::clamp<std::int64_t>(wanted / blocks, 1, panels);
  at::parallel_for(0, blocks * parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t block = task / parts, part = task % parts;
      avx512_bf16::multiply(product, block * kRows, std::min(m, (block + 1) * kRows),
                            panels * part / parts, panels * (part + 1) / parts);
    }
  });
}

}  // namespace

void bf16_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c, bool accumulate) {
  if (can_fuse({}) && mkl_gemm() != nullptr) {
    multiply_by_mkl(mkl_gemm(), a, b, c, accumulate);
  } else if (can_fuse({}) && cpu_features().avx512_bf16) {
    multiply_by_loops(a, b, c, accumulate);
  } else {
    // The same definition: rounded factors, fp32 sums. Slower than fp32, for it rounds on top.
    const at::Tensor product = at::mm(a.to(at::kFloat), b.to(at::kFloat));
    accumulate ? c.add_(product) : c.copy_(product);
  }
}

bool bf16_is_faster() {
  return mkl_gemm() != nullptr || cpu_features().fast_avx512_bf16;
}

}  // namespace attune
