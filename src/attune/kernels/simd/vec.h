// Vectors of the instruction set that the including file is built for. Only for simd/*.cc, inside
// `namespace attune::ATTUNE_ISA { namespace {`: all of it has internal linkage, so that nothing
// compiled for a newer processor can end up in the program's shared code.
#pragma once

#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

// GCC 12 takes the intrinsics' own "undefined" operands for a mistake (its bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace attune::ATTUNE_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vec __attribute__((vector_size(kLanes * 4)));
typedef float LooseVec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef std::int32_t IntVec __attribute__((vector_size(kLanes * 4)));
typedef std::uint32_t Words __attribute__((vector_size(kLanes * 4)));
typedef std::uint32_t LooseWords __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

#define ATTUNE_INLINE static inline __attribute__((always_inline))

ATTUNE_INLINE Vec load(const float* p) {
  return *reinterpret_cast<const LooseVec*>(p);
}
ATTUNE_INLINE void store(float* p, Vec v) {
  *reinterpret_cast<LooseVec*>(p) = v;
}
ATTUNE_INLINE Vec splat(float x) {
  return Vec{} + x;
}

/// The first `n` < kLanes elements, zeros behind them.
ATTUNE_INLINE Vec load_part(const float* p, std::int64_t n) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << n) - 1U), p);
#else
  Vec v = {};
  for (int i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}
ATTUNE_INLINE void store_part(float* p, Vec v, std::int64_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << n) - 1U), v);
#else
  for (int i = 0; i < n; ++i) p[i] = v[i];
#endif
}

ATTUNE_INLINE Vec pick(IntVec condition, Vec yes, Vec no) {
  return condition ? yes : no;
}
ATTUNE_INLINE Vec maximum(Vec a, Vec b) {
  return a > b ? a : b;
}
ATTUNE_INLINE Vec minimum(Vec a, Vec b) {
  return a < b ? a : b;
}
ATTUNE_INLINE Vec absolute(Vec x) {
  return x < 0 ? -x : x;
}

/// The lanes' sum and maximum, always pairwise in the same order.
ATTUNE_INLINE float sum(Vec v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps(v);
#else
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) v[i] += v[i + width];
  }
  return v[0];
#endif
}
ATTUNE_INLINE float largest(Vec v) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps(v);
#else
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) v[i] = v[i] > v[i + width] ? v[i] : v[i + width];
  }
  return v[0];
#endif
}

/// Transposes a square of kLanes x kLanes: swaps off-diagonal blocks of 1, 2, 4 ... lanes.
ATTUNE_INLINE void transpose(Vec (&rows)[kLanes]) {
#pragma GCC unroll 4
  for (int width = 1; width < kLanes; width *= 2) {
    IntVec low = {}, high = {};
    for (int lane = 0; lane < kLanes; ++lane) {
      const bool upper = (lane & width) != 0;
      low[lane] = upper ? kLanes + lane - width : lane;
      high[lane] = upper ? kLanes + lane : lane + width;
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      if ((i & width) != 0) continue;
      const Vec a = rows[i], b = rows[i + width];
      rows[i] = __builtin_shuffle(a, b, low);
      rows[i + width] = __builtin_shuffle(a, b, high);
    }
  }
}

/// e^x within 2 ulp for x in [-87, 88]; clamped outside. NaN stays NaN: both bounds come first.
ATTUNE_INLINE Vec exponential(Vec x) {
  x = maximum(splat(-87.3F), minimum(splat(88.0F), x));
  const Vec magic = splat(12582912.0F);  // 1.5 * 2^23: adding it rounds to an integer
  const Vec shifted = x * 1.44269504F + magic;
  const Vec n = shifted - magic;
  const Vec r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  Vec p = splat(0.00138145F);  // minimax fit of (e^r - 1 - r) / r^2
  p = p * r + 0.00836871F;
  p = p * r + 0.04166839F;
  p = p * r + 0.16666521F;
  p = p * r + 0.49999993F;
  p = (p * r) * r + r + 1.0F;
  const IntVec exponent = (reinterpret_cast<IntVec>(shifted) + 127) << 23;
  return p * reinterpret_cast<Vec>(exponent);
}

/// The standard normal's density factor e^(-x^2/2) and distribution function, within 4e-7 relative
/// (also far left, where 1 + erf(x / sqrt 2) cancels): erfc(z) e^(z^2) = t Q(t), t = 1 / (1 + 0.37
/// z), Q a minimax fit.
struct Normal {
  Vec density;  ///< without 1 / sqrt(2 pi)
  Vec distribution;
};
ATTUNE_INLINE Normal normal(Vec x) {
  const Vec density = exponential(x * x * -0.5F);
  const Vec t = 1.0F / (absolute(x) * (0.37F * 0.707106781F) + 1.0F);
  Vec q = splat(0.06457383F);
  q = q * t - 0.31628093F;
  q = q * t + 0.51407475F;
  q = q * t - 0.3170279F;
  q = q * t + 0.33323895F;
  q = q * t + 0.09666245F;
  q = q * t + 0.20887744F;
  q = q * t + 0.2070436F;
  q = q * t + 0.20883782F;
  const Vec tail = q * t * density * 0.5F;
  return {density, pick(x < 0, tail, 1.0F - tail)};
}

/// High and low words of a * b.
struct Product {
  Words high, low;
};
ATTUNE_INLINE Product wide_product(Words a, std::uint32_t b) {
#if defined(__AVX512F__)
  const __m512i x = reinterpret_cast<__m512i>(a), m = _mm512_set1_epi32(static_cast<int>(b));
  const __m512i even = _mm512_mul_epu32(x, m);
  const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), m);
  return {
      reinterpret_cast<Words>(_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd)),
      reinterpret_cast<Words>(_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32)))};
#elif defined(__AVX2__)
  const __m256i x = reinterpret_cast<__m256i>(a), m = _mm256_set1_epi32(static_cast<int>(b));
  const __m256i even = _mm256_mul_epu32(x, m);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), m);
  return {reinterpret_cast<Words>(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA)),
          reinterpret_cast<Words>(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA))};
#else
  Product result;
  for (int i = 0; i < kLanes; ++i) {
    const std::uint64_t p = std::uint64_t{a[i]} * b;
    result.high[i] = static_cast<std::uint32_t>(p >> 32);
    result.low[i] = static_cast<std::uint32_t>(p);
  }
  return result;
#endif
}

}  // namespace
}  // namespace attune::ATTUNE_ISA
