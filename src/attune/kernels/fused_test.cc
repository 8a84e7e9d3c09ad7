#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/base/system.h"
#include "attune/kernels/activation.h"
#include "attune/kernels/attention.h"
#include "attune/kernels/residual_norm.h"
#include "attune/kernels/simd/loops.h"
#include "attune/kernels/testing/compare.h"

namespace attune {
namespace {

TEST(FusedKernels, DropoutMaskIsPhilox) {
  const KeyedDropout spec = {.p = 0.3, .key = 0x123456789ABCDEFULL};
  const at::Tensor mask = dropout_mask(1000, spec, 77);
  for (const std::uint64_t i : {0U, 1U, 15U, 16U, 63U, 64U, 517U, 999U}) {
    const auto words =
        philox4x32({static_cast<std::uint32_t>((i >> 6) * 16 + (i & 15)), 0, 77, 0}, spec.key);
    const bool kept = words[(i >> 4) & 3] >= 0.3 * 0x1p32;
    EXPECT_FLOAT_EQ(mask[static_cast<std::int64_t>(i)].item<float>(), kept ? 1.0F / 0.7F : 0.0F);
  }
  EXPECT_NEAR(dropout_mask(1'000'000, spec).eq(0).to(at::kFloat).mean().item<float>(), 0.3, 2e-3);
}

TEST(FusedKernels, DropoutMaskIsTheSameForEveryInstructionSet) {
  const MaskSpec spec = {.key = 42, .threshold = 1U << 30, .scale = 2.0F};
  Loops baseline_loops = {}, other = {};
  baseline::fill_element_loops(baseline_loops);
  std::vector<void (*)(Loops&)> sets;
  if (cpu_features().avx2) sets.push_back(avx2::fill_element_loops);
  if (cpu_features().avx512) sets.push_back(avx512::fill_element_loops);
  if (sets.empty()) GTEST_SKIP() << "this processor has no other instruction set";
  for (auto* fill : sets) {
    fill(other);
    for (const std::int64_t begin : {0, 64, 65, 127, 1000}) {
      std::vector<float> a(300 + 64), b(300 + 64);
      baseline_loops.mask(begin, 300, 5, spec, a.data());
      other.mask(begin, 300, 5, spec, b.data());
      a.resize(300), b.resize(300);
      EXPECT_EQ(a, b) << begin;
    }
  }
}

TEST(FusedKernels, BiasGelu) {
  for (const Activation activation : {Activation::gelu, Activation::gelu_tanh}) {
    const Operation fused = [=](const auto& in) {
      return bias_activation(in[0], in[1], activation);
    };
    const Operation reference = [=](const auto& in) {
      return bias_activation_reference(in[0], in[1], activation);
    };
    for (const auto& [rows, width] : {std::pair{1, 1}, {3, 16}, {70, 37}, {200, 129}}) {
      compare(fused, reference, {values({rows, width}, 1, 2.0), values({width}, 2)});
    }
    compare(fused, reference, {values({5, 33}, 1, 30.0), at::Tensor()});  // far in both tails
  }
}

TEST(FusedKernels, ResidualNorm) {
  for (const double p : {0.0, 0.4}) {
    const KeyedDropout spec = {.p = p, .key = 7};
    const Operation fused = [=](const auto& in) {
      return residual_norm(in[0], in[1], in[2], in[3], in[4], 1e-5, spec);
    };
    const Operation reference = [=](const auto& in) {
      return residual_norm_reference(in[0], in[1], in[2], in[3], in[4], 1e-5, spec);
    };
    for (const auto& [rows, width] : {std::pair{1, 4}, {3, 32}, {70, 37}, {33, 384}, {2, 2100}}) {
      const at::Tensor x = values({rows, width}, 1), weight = values({width}, 4);
      compare(fused, reference,
              {x, values({width}, 2), values({rows, width}, 3), weight, values({width}, 5)}, 1e-5);
      compare(fused, reference, {x, {}, {}, weight, values({width}, 5)}, 1e-5);
    }
  }
}

std::vector<Loops> every_instruction_set() {
  std::vector<Loops> sets(1);
  baseline::fill_element_loops(sets[0]);
  baseline::fill_attention_loops(sets[0]);
  if (cpu_features().avx2) {
    avx2::fill_element_loops(sets.emplace_back());
    avx2::fill_attention_loops(sets.back());
  }
  if (cpu_features().avx512) {
    avx512::fill_element_loops(sets.emplace_back());
    avx512::fill_attention_loops(sets.back());
  }
  return sets;
}

TEST(FusedKernels, EveryInstructionSetAgrees) {
  constexpr std::int64_t kRows = 70, kWidth = 21;
  const at::Tensor a = values({kRows, kWidth}, 1), b = values({kRows, kWidth}, 2),
                   c = values({kRows, kWidth}, 3), d = values({kRows, kWidth}, 4),
                   bias = values({kWidth}, 5), weight = values({kWidth}, 6),
                   table = values({kRows, kRows}, 7);
  const MaskSpec mask = {.key = 9, .threshold = 1U << 30, .scale = 4.0F / 3.0F};
  std::vector<at::Tensor> first;
  for (const Loops& set : every_instruction_set()) {
    std::vector<at::Tensor> got;
    const auto room = [&](at::IntArrayRef sizes) {
      return got.emplace_back(at::zeros(sizes)).mutable_data_ptr<float>();
    };
    const auto data = [](const at::Tensor& t) { return t.const_data_ptr<float>(); };
    for (const bool tanh : {false, true}) {
      set.gelu(data(a), data(bias), room({kRows, kWidth}), kRows, kWidth, tanh);
      float *dx = room({kRows, kWidth}), *partial = room({kWidth});
      set.gelu_backward(data(b), data(a), data(bias), dx, partial, kRows, kWidth, tanh);
    }
    float *z = room({kRows, kWidth}), *y = room({kRows, kWidth}), *mean = room({kRows}),
          *rstd = room({kRows}), *dz = room({kRows, kWidth}), *dx = room({kRows, kWidth}),
          *sums = room({3, kWidth});
    set.norm({data(a), data(bias), data(b), data(weight), data(bias), z, y, mean, rstd, kWidth,
              1e-5F, mask},
             0, kRows);
    set.norm_backward({data(c), z, data(weight), mean, rstd, dz, dx, sums, kWidth, mask}, 0, kRows);
    const at::Tensor scratch = at::zeros({set.attention_scratch(kRows, kWidth)});
    for (const bool masked : {false, true}) {
      float *lse = room({kRows}), *out = room({kRows, kWidth}), *dq = room({kRows, kWidth}),
            *dk = room({kRows, kWidth}), *dv = room({kRows, kWidth}),
            *d_table = masked ? room({kRows, kRows}) : nullptr;
      const AttentionTile tile = {data(a), data(b),
                                  data(c), kWidth,
                                  kWidth,  kWidth,
                                  kRows,   kRows,
                                  kWidth,  0.3F,
                                  4,       mask,
                                  lse,     scratch.mutable_data_ptr<float>(),
                                  masked,  masked ? data(table) : nullptr,
                                  kRows};
      set.attention(tile, {out, kWidth});
      set.attention_backward(tile,
                             {data(d), kWidth, dq, dk, dv, kWidth, kWidth, kWidth, d_table, kRows});
    }
    if (first.empty()) first = got;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double scale = std::max(1.0F, first[i].abs().max().item<float>());
      EXPECT_GT(first[i].abs().max().item<float>(), 0.1F) << i;
      EXPECT_LT((got[i] - first[i]).abs().max().item<double>(), 5e-6 * scale) << i;
    }
  }
}

TEST(FusedKernels, NotANumberIsNotHidden) {
  const std::vector<std::int64_t> offsets = {0, 3};
  at::Tensor q = values({3, 8}, 1), k = values({3, 8}, 2), v = values({3, 8}, 3);
  q[1][2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(packed_attention(q, k, v, offsets, offsets, 1, 1.0)[1].isnan().all().item<bool>());
  EXPECT_TRUE(bias_activation(q, {}, Activation::gelu)[1][2].isnan().item<bool>());
  EXPECT_TRUE(
      residual_norm(q, {}, {}, values({8}, 4), values({8}, 5), 1e-5)[1].isnan().all().item<bool>());
}

TEST(FusedKernels, Bfloat16TakesTheReference) {
  const at::Tensor x = values({6, 8}, 1).to(at::kBFloat16);
  const std::vector<std::int64_t> offsets = {0, 2, 6};
  EXPECT_EQ(packed_attention(x, x, x, offsets, offsets, 2, 0.5).scalar_type(), at::kBFloat16);
  EXPECT_EQ(residual_norm(x, {}, x, at::ones({8}), at::zeros({8}), 1e-5).scalar_type(),
            at::kBFloat16);
  EXPECT_EQ(bias_activation(x, {}, Activation::gelu).scalar_type(), at::kBFloat16);
}

}  // namespace
}  // namespace attune
