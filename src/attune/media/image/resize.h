#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "attune/media/boxes/box.h"
#include "attune/media/image/image.h"

namespace attune {

enum class Filter { nearest, bilinear, bicubic, box, lanczos };

constexpr auto enum_names(Filter) {
  return std::to_array<std::pair<Filter, std::string_view>>({{Filter::nearest, "nearest"},
                                                             {Filter::bilinear, "bilinear"},
                                                             {Filter::bicubic, "bicubic"},
                                                             {Filter::box, "box"},
                                                             {Filter::lanczos, "lanczos"}});
}

/// Antialiased resize with Pillow's pixels (Image.resize; upstream src/libImaging/Resample.c): two
/// passes, in Pillow 13's order, the filter widened by the scale when shrinking; 8-bit samples with
/// 22-bit fixed-point weights, rounded between the passes. `nearest` takes the sample under each
/// output pixel's centre. `box` is the part that is resized, its edges may be fractions; by default
/// all of it. Requires 1 or 3 channels and a target of at least 1 x 1; throws `data` where the
/// picture is empty and `internal` where `box` is not inside it.
Image resize(const Image& image, Size size, Filter filter, std::optional<Box> box = std::nullopt);
/// The same in single precision (Pillow's mode F).
FloatImage resize(const FloatImage& image, Size size, Filter filter,
                  std::optional<Box> box = std::nullopt);
Picture resize(const Picture& picture, Size size, Filter filter,
               std::optional<Box> box = std::nullopt);

}  // namespace attune
