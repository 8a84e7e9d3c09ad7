// Dropout masks from Philox4x32-10, many lanes at once; the layout is that of kernels/dropout.h.
// Only for simd/*.cc.
#pragma once

#include "attune/kernels/simd/loops.h"
#include "attune/kernels/simd/vec.h"

namespace attune::ATTUNE_ISA {
namespace {

/// The 64 factors of block `block` of `stream`.
ATTUNE_INLINE void mask_block(std::uint64_t block, std::uint64_t stream, const MaskSpec& spec,
                              float* out) {
  for (int first = 0; first < 16; first += kLanes) {
    Words c[4] = {};
    const std::uint64_t n = block * 16 + static_cast<std::uint64_t>(first);
    for (int i = 0; i < kLanes; ++i) c[0][i] = static_cast<std::uint32_t>(i);
    c[0] += static_cast<std::uint32_t>(n);  // n is a multiple of kLanes: no carry
    c[1] += static_cast<std::uint32_t>(n >> 32);
    c[2] += static_cast<std::uint32_t>(stream);
    c[3] += static_cast<std::uint32_t>(stream >> 32);
    auto k0 = static_cast<std::uint32_t>(spec.key), k1 = static_cast<std::uint32_t>(spec.key >> 32);
    for (int round = 0; round < 10; ++round) {
      const Product p0 = wide_product(c[0], 0xD2511F53U), p1 = wide_product(c[2], 0xCD9E8D57U);
      c[0] = p1.high ^ c[1] ^ k0;
      c[1] = p1.low;
      c[2] = p0.high ^ c[3] ^ k1;
      c[3] = p0.low;
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
    for (int word = 0; word < 4; ++word) {
      store(out + word * 16 + first, pick(c[word] >= spec.threshold, splat(spec.scale), Vec{}));
    }
  }
}

/// Factors of elements [begin, begin + count) of `stream`. `out` must have room for 64 more.
ATTUNE_INLINE void mask_range(std::int64_t begin, std::int64_t count, std::uint64_t stream,
                              const MaskSpec& spec, float* out) {
  std::int64_t done = 0;
  if (begin % 64 != 0) {
    float block[64];
    mask_block(static_cast<std::uint64_t>(begin / 64), stream, spec, block);
    const std::int64_t skip = begin % 64;
    for (; done < count && skip + done < 64; ++done) out[done] = block[skip + done];
  }
  for (; done < count; done += 64) {
    mask_block(static_cast<std::uint64_t>((begin + done) / 64), stream, spec, out + done);
  }
}

}  // namespace
}  // namespace attune::ATTUNE_ISA
