#include <algorithm>
#include <array>

#include "attune/base/error.h"
#include "attune/media/image/decode.h"

namespace attune {
namespace {

constexpr std::int32_t kRed = 19595, kGreen = 38470, kBlue = 7471;  // of 65536: ITU-R 601-2 luma

std::uint8_t luma(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((red * kRed + green * kGreen + blue * kBlue + 0x8000) >> 16);
}

float luma(float red, float green, float blue) {
  return (red * float{kRed} + green * float{kGreen} + blue * float{kBlue}) / 65536.0f;
}

/// Paper left by an ink under black: 255 - black, less the ink's share of it, the product divided
/// by 255 as Pillow's MULDIV255 rounds it.
std::uint8_t ink_to_light(int ink, int black) {
  const int light = 255 - black;
  const int product = ink * light + 128;
  return static_cast<std::uint8_t>(std::max(light - (((product >> 8) + product) >> 8), 0));
}

float ink_to_light(float ink, float black) {
  return (255.0f - black) * (255.0f - ink) / 255.0f;
}

/// Red, green, blue of one pixel.
template <typename Sample>
std::array<Sample, 3> rgb_of(const Sample* pixel, ColorModel color) {
  switch (color) {
    case ColorModel::grey:
    case ColorModel::grey_alpha:
      return {pixel[0], pixel[0], pixel[0]};
    case ColorModel::cmyk:
      return {ink_to_light(pixel[0], pixel[3]), ink_to_light(pixel[1], pixel[3]),
              ink_to_light(pixel[2], pixel[3])};
    default:
      return {pixel[0], pixel[1], pixel[2]};
  }
}

template <typename Sample>
Raster<Sample> convert(Raster<Sample> image, ColorModel color, std::int64_t channels) {
  if (channels == channel_count(color)) return image;
  Raster<Sample> result(image.height, image.width, channels);
  const Sample* in = image.samples.data();
  Sample* out = result.samples.data();
  const std::int64_t step = image.channels;
  for (std::int64_t left = image.height * image.width; left > 0; --left, in += step) {
    if (channels == 3) {
      const auto rgb = rgb_of(in, color);
      out = std::copy(rgb.begin(), rgb.end(), out);
    } else if (color == ColorModel::grey_alpha) {
      *out++ = in[0];
    } else {
      const auto rgb = rgb_of(in, color);
      *out++ = luma(rgb[0], rgb[1], rgb[2]);
    }
  }
  return result;
}

Image convert(DecodedImage decoded, std::int64_t channels) {
  check(!decoded.deep(), ErrorKind::internal,
        "converting a picture of {} bits to 8 would lose what it holds: use to_picture",
        decoded.info.bits);
  return convert(std::get<Image>(std::move(decoded.samples)), decoded.info.color, channels);
}

/// Alpha, the last of 2 or 4 channels but in CMYK, is on the same scale: it is dropped later.
FloatImage to_float(const DeepImage& deep, const ValueRange& range) {
  const auto [low, high] = range;
  check(low < high, ErrorKind::user,
        "the window runs from {} to {}, expected the smaller value first", low, high);
  FloatImage image(deep.height, deep.width, deep.channels);
  const double scale = 255.0 / (high - low);
  std::transform(deep.samples.begin(), deep.samples.end(), image.samples.begin(),
                 [&, low = low](std::int32_t value) {
                   return static_cast<float>(std::clamp((value - low) * scale, 0.0, 255.0));
                 });
  return image;
}

}  // namespace

Image convert_rgb(DecodedImage decoded) {
  return convert(std::move(decoded), 3);
}

Image convert_grey(DecodedImage decoded) {
  return convert(std::move(decoded), 1);
}

Picture to_picture(DecodedImage decoded, std::int64_t channels,
                   const std::optional<ValueRange>& range) {
  check(channels == 1 || channels == 3, ErrorKind::internal,
        "a picture has 1 or 3 channels, not {}", channels);
  if (!decoded.deep()) return convert(std::move(decoded), channels);
  FloatImage image = to_float(std::get<DeepImage>(decoded.samples),
                              range.value_or(ValueRange{0, decoded.info.white}));
  decoded.samples = DeepImage();  // large pictures: not both at once
  return convert(std::move(image), decoded.info.color, channels);
}

Image to_image(Picture picture) {
  if (auto* image = std::get_if<Image>(&picture)) return std::move(*image);
  const auto& deep = std::get<FloatImage>(picture);
  Image image(deep.height, deep.width, deep.channels);
  std::transform(deep.samples.begin(), deep.samples.end(), image.samples.begin(), [](float value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f) + 0.5f);
  });
  return image;
}

}  // namespace attune
