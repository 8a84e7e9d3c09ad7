#include "attune/media/image/geometry.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {
namespace {

/// Copies the pixels of `from` whose place on `to`, shifted by (top, left), exists.
template <typename Sample>
void paste(const Raster<Sample>& from, Raster<Sample>& to, std::int64_t top, std::int64_t left) {
  const std::int64_t first = std::max<std::int64_t>(0, -left);
  const std::int64_t last = std::min(from.width, to.width - left);
  if (first >= last) return;
  const std::int64_t bottom = std::min(from.height, to.height - top);
  for (std::int64_t y = std::max<std::int64_t>(0, -top); y < bottom; ++y) {
    const Sample* in = from.row(y);
    std::copy(in + first * from.channels, in + last * from.channels,
              to.row(y + top) + (first + left) * to.channels);
  }
}

/// Python's round(): halves go to the even neighbour.
std::int64_t half_rounded_to_even(std::int64_t twice) {
  return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(twice) / 2));
}

/// Python's //, towards minus infinity.
std::int64_t half_rounded_down(std::int64_t twice) {
  return twice >= 0 ? twice / 2 : -((1 - twice) / 2);
}

/// The picture with rows and columns exchanged.
template <typename Sample>
Raster<Sample> transpose(const Raster<Sample>& image) {
  Raster<Sample> result(image.width, image.height, image.channels);
  const std::int64_t channels = image.channels;
  constexpr std::int64_t kTile = 32;  // rows of the source that stay in the first cache
  for (std::int64_t block = 0; block < image.height; block += kTile) {
    const std::int64_t end = std::min(block + kTile, image.height);
    for (std::int64_t x = 0; x < image.width; ++x) {
      Sample* out = result.row(x) + block * channels;
      for (std::int64_t y = block; y < end; ++y) {
        out = std::copy_n(image.row(y) + x * channels, channels, out);
      }
    }
  }
  return result;
}

}  // namespace

template <typename Sample>
Raster<Sample> crop(const Raster<Sample>& image, std::int64_t top, std::int64_t left, Size size) {
  check(size.height >= 1 && size.width >= 1, ErrorKind::internal,
        "crop to {} x {}: expected at least 1 x 1", size.height, size.width);
  Raster<Sample> result(size.height, size.width, image.channels);
  paste(image, result, -top, -left);
  return result;
}

template <typename Sample>
Raster<Sample> center_crop(const Raster<Sample>& image, Size size, bool round_half_even) {
  const auto half = round_half_even ? half_rounded_to_even : half_rounded_down;
  // torchvision pads a side that is too short first, with the odd pixel behind the picture.
  const auto start = [&](std::int64_t have, std::int64_t want) {
    return round_half_even && have < want ? -((want - have) / 2) : half(have - want);
  };
  return crop(image, start(image.height, size.height), start(image.width, size.width), size);
}

template <typename Sample>
Raster<Sample> flip_horizontal(const Raster<Sample>& image) {
  Raster<Sample> result(image.height, image.width, image.channels);
  for (std::int64_t y = 0; y < image.height; ++y) {
    const Sample* in = image.row(y);
    Sample* out = result.row(y) + (image.width - 1) * image.channels;
    for (std::int64_t x = 0; x < image.width; ++x) {
      std::copy_n(in, image.channels, out);
      in += image.channels;
      out -= image.channels;
    }
  }
  return result;
}

template <typename Sample>
Raster<Sample> flip_vertical(const Raster<Sample>& image) {
  Raster<Sample> result(image.height, image.width, image.channels);
  for (std::int64_t y = 0; y < image.height; ++y) {
    std::copy_n(image.row(y), image.width * image.channels, result.row(image.height - 1 - y));
  }
  return result;
}

template <typename Sample>
Raster<Sample> apply_orientation(Raster<Sample> image, int orientation) {
  switch (orientation) {
    case 2:
      return flip_horizontal(image);
    case 3:
      return flip_vertical(flip_horizontal(image));
    case 4:
      return flip_vertical(image);
    // 5 to 8 exchange rows and columns; as in ImageOps.exif_transpose 6 is a quarter turn clockwise
    // (its ROTATE_270), 8 one back, and 7 the other diagonal.
    case 5:
      return transpose(image);
    case 6:
      return flip_horizontal(transpose(image));
    case 7:
      return flip_vertical(flip_horizontal(transpose(image)));
    case 8:
      return flip_vertical(transpose(image));
    default:
      return image;
  }
}

template <typename Sample>
Raster<Sample> pad(const Raster<Sample>& image, Size canvas, PadPlace place, Sample fill) {
  check(canvas.height >= image.height && canvas.width >= image.width, ErrorKind::internal,
        "a picture of {} x {} does not fit on a canvas of {} x {}", image.width, image.height,
        canvas.width, canvas.height);
  Raster<Sample> result(canvas.height, canvas.width, image.channels);
  std::fill(result.samples.begin(), result.samples.end(), fill);
  const bool centered = place == PadPlace::center;
  paste(image, result, centered ? (canvas.height - image.height) / 2 : 0,
        centered ? (canvas.width - image.width) / 2 : 0);
  return result;
}

Size letterbox_size(Size picture, Size canvas) {
  const double scale = std::min(static_cast<double>(canvas.height) / picture.height,
                                static_cast<double>(canvas.width) / picture.width);
  const auto side = [&](std::int64_t length, std::int64_t limit) {
    // A line of 1 x 5000 would round to no pixel at all.
    return std::clamp<std::int64_t>(std::llround(length * scale), 1, limit);
  };
  return {side(picture.height, canvas.height), side(picture.width, canvas.width)};
}

PixelBox scaled_box(const PixelBox& box, Size from, Size to) {
  const auto first = [](std::int64_t edge, std::int64_t full, std::int64_t size) {
    return edge * size / full;
  };
  const auto last = [](std::int64_t edge, std::int64_t full, std::int64_t size) {
    return (edge * size + full - 1) / full;
  };
  const std::int64_t top = first(box.top, from.height, to.height);
  const std::int64_t left = first(box.left, from.width, to.width);
  return {top, left, last(box.top + box.height, from.height, to.height) - top,
          last(box.left + box.width, from.width, to.width) - left};
}

#define ATTUNE_INSTANTIATE(Sample)                                                       \
  template Raster<Sample> crop(const Raster<Sample>&, std::int64_t, std::int64_t, Size); \
  template Raster<Sample> center_crop(const Raster<Sample>&, Size, bool);                \
  template Raster<Sample> flip_horizontal(const Raster<Sample>&);                        \
  template Raster<Sample> flip_vertical(const Raster<Sample>&);                          \
  template Raster<Sample> apply_orientation(Raster<Sample>, int);                        \
  template Raster<Sample> pad(const Raster<Sample>&, Size, PadPlace, Sample);
ATTUNE_INSTANTIATE(std::uint8_t)
ATTUNE_INSTANTIATE(std::int32_t)
ATTUNE_INSTANTIATE(float)
#undef ATTUNE_INSTANTIATE

}  // namespace attune
