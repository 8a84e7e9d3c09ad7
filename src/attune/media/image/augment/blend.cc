#include "attune/media/image/augment/blend.h"

#include "attune/media/image/clones.h"

namespace attune {

ATTUNE_CLONES
void blend_row(const std::uint8_t* from, const std::uint8_t* to, float alpha, std::int64_t count,
               std::uint8_t* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::uint8_t>(blend(from[i], to[i], alpha));
  }
}

ATTUNE_CLONES
void smooth_row(const std::uint8_t* above, const std::uint8_t* middle, const std::uint8_t* below,
                std::int64_t step, std::int64_t count, std::uint8_t* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    // ImageFilter.SMOOTH: ones around a 5, over 13. Whole numbers round as the floats of
    // ImagingFilter3x3 do.
    const int sum = above[i - step] + above[i] + above[i + step] + middle[i - step] +
                    5 * middle[i] + middle[i + step] + below[i - step] + below[i] + below[i + step];
    out[i] = static_cast<std::uint8_t>((2 * sum + 13) / 26);  // sum / 13, rounded; never a tie
  }
}

}  // namespace attune
