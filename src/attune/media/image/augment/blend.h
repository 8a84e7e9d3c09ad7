#pragma once

#include <algorithm>
#include <cstdint>

#include "attune/media/image/image.h"

namespace attune {

/// Pillow's Image.blend of two 8-bit samples (src/libImaging/Blend.c): single precision, cut off
/// towards 0, clamped to 0..255.
inline int blend(int from, int to, float alpha) {
  const float value = static_cast<float>(from) + alpha * static_cast<float>(to - from);
  return static_cast<int>(std::min(std::max(value, 0.0f), 255.0f));
}

/// The same for `count` samples; `out` may be `to`.
void blend_row(const std::uint8_t* from, const std::uint8_t* to, float alpha, std::int64_t count,
               std::uint8_t* out);

/// Pillow's convert("L"): ITU-R 601-2 luma in 16-bit fixed point.
inline int luma(const std::uint8_t* pixel) {
  return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}
inline float luma(const float* pixel) {
  return 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
}

/// Calls `use` with the luma of each pixel: the samples themselves where there is one channel.
template <typename Sample, typename Use>
void for_each_luma(const Raster<Sample>& image, const Use& use) {
  if (image.channels == 1) {
    for (const Sample sample : image.samples) use(sample);
    return;
  }
  const Sample* pixel = image.samples.data();
  const Sample* end = pixel + image.samples.size();
  for (; pixel != end; pixel += 3) use(luma(pixel));
}

/// Pillow's ImageFilter.SMOOTH for `count` samples of `middle`, each with its eight neighbours;
/// samples of a row that are `step` apart lie side by side in the picture.
void smooth_row(const std::uint8_t* above, const std::uint8_t* middle, const std::uint8_t* below,
                std::int64_t step, std::int64_t count, std::uint8_t* out);

}  // namespace attune
