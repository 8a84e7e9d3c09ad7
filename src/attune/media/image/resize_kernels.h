#pragma once

#include <cstdint>

// The inner loops of the 8-bit resize.

namespace attune::resize_kernels {

/// Fraction bits of a weight: 32 less the 8 of a sample and 2 for negative lobes and overshoot.
constexpr int kPrecisionBits = 32 - 8 - 2;

/// out[i] = the sum over k < taps of weights[k] * in[k * stride + i], rounded and clipped to
/// 0..255, for i < count.
void weighted_sum(const std::uint8_t* in, std::int64_t stride, std::int64_t taps,
                  const std::int32_t* weights, std::int64_t count, std::uint8_t* out);

/// Transposes `rows` rows of `length` bytes, `stride` apart: byte i of row r goes to
/// out[i * lanes + r]. Lanes without a row are 0. `lanes` is a multiple of 16, at least `rows`.
void to_columns(const std::uint8_t* in, std::int64_t stride, std::int64_t length, std::int64_t rows,
                std::int64_t lanes, std::uint8_t* out);

/// The reverse: in[i * lanes + r] goes to byte i of row r; rows follow one another.
void from_columns(const std::uint8_t* in, std::int64_t length, std::int64_t rows,
                  std::int64_t lanes, std::uint8_t* out);

}  // namespace attune::resize_kernels
