#include "attune/media/image/augment/color_ops.h"

#include <algorithm>
#include <array>
#include <vector>

#include "attune/base/error.h"
#include "attune/media/image/augment/blend.h"

namespace attune {
namespace {

float clamp_level(float value) {
  return std::min(std::max(value, 0.0f), 255.0f);
}

/// Pillow's 8-bit HSV (src/libImaging/Convert.c, after Python's colorsys): all three 0..255.
struct Hsv {
  int hue, saturation, value;
};

/// rgb2hsv_row and hsv2rgb of that file mix float and double by C's promotions; single levels
/// depend on it.
Hsv to_hsv(int r, int g, int b) {
  const int high = std::max(r, std::max(g, b));
  const int low = std::min(r, std::min(g, b));
  if (high == low) return {0, 0, high};
  const auto range = static_cast<float>(high - low);
  const float red = static_cast<float>(high - r) / range;
  const float green = static_cast<float>(high - g) / range;
  const float blue = static_cast<float>(high - b) / range;
  float sixths = blue - green;
  if (r != high) {
    sixths = static_cast<float>(g == high ? 2.0 + red - blue : 4.0 + green - red);
  }
  double turn = sixths / 6.0 + 1.0;
  // fmod there; the sum is between 0 and 2.
  if (turn >= 1) turn -= 1;
  return {static_cast<int>(static_cast<float>(turn) * 255.0),
          static_cast<int>(range / static_cast<float>(high) * 255.0), high};
}

/// Which sixth of the circle a hue lies in, and how far.
struct HuePlace {
  int sixth;
  float fraction;
};

std::array<HuePlace, 256> make_hue_places() {
  std::array<HuePlace, 256> places{};
  for (int hue = 0; hue < 256; ++hue) {
    const double sixths = static_cast<float>(hue) * 6.0 / 255.0;
    const int whole = static_cast<int>(sixths);
    places[static_cast<std::size_t>(hue)] = {
        whole % 6, static_cast<float>(sixths - static_cast<double>(whole))};
  }
  return places;
}

std::uint8_t round_level(double value) {
  return static_cast<std::uint8_t>(static_cast<int>(value + 0.5));  // never below 0 or above 255
}

void from_hsv(const Hsv& hsv, std::uint8_t* pixel) {
  static const std::array<HuePlace, 256> places = make_hue_places();
  const auto v = static_cast<std::uint8_t>(hsv.value);
  if (hsv.saturation == 0) {
    pixel[0] = pixel[1] = pixel[2] = v;
    return;
  }
  const auto [sixth, f] = places[static_cast<std::size_t>(hsv.hue)];
  const float s = static_cast<float>(hsv.saturation) / 255.0f;
  const auto value = static_cast<double>(hsv.value);
  const std::uint8_t p = round_level(value * (1.0 - s));
  const std::uint8_t q = round_level(value * (1.0 - s * f));
  const std::uint8_t t = round_level(value * (1.0 - s * (1.0 - f)));
  const std::array<std::array<std::uint8_t, 3>, 6> colors = {
      {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}}};
  std::copy_n(colors[static_cast<std::size_t>(sixth)].data(), 3, pixel);
}

}  // namespace

FloatImage adjust_brightness(FloatImage image, double factor) {
  const auto alpha = static_cast<float>(factor);
  for (float& sample : image.samples) sample = clamp_level(sample * alpha);
  return image;
}

FloatImage adjust_contrast(FloatImage image, double factor) {
  if (image.empty()) return image;
  double sum = 0;
  for_each_luma(image, [&](float luma) { sum += luma; });
  const auto mean = static_cast<float>(sum / static_cast<double>(image.height * image.width));
  const auto alpha = static_cast<float>(factor);
  for (float& sample : image.samples) sample = clamp_level(mean + alpha * (sample - mean));
  return image;
}

Image adjust_saturation(Image image, double factor) {
  if (image.channels == 1) return image;
  const auto alpha = static_cast<float>(factor);
  const std::int64_t row = image.width * 3;
  std::vector<std::uint8_t> greys(static_cast<std::size_t>(row));
  for (std::int64_t y = 0; y < image.height; ++y) {
    std::uint8_t* samples = image.row(y);
    for (std::int64_t i = 0; i < row; i += 3) {
      std::fill_n(greys.data() + i, 3, static_cast<std::uint8_t>(luma(samples + i)));
    }
    blend_row(greys.data(), samples, alpha, row, samples);
  }
  return image;
}

FloatImage adjust_saturation(FloatImage image, double factor) {
  if (image.channels == 1) return image;
  const auto alpha = static_cast<float>(factor);
  for (std::size_t i = 0; i < image.samples.size(); i += 3) {
    float* pixel = image.samples.data() + i;
    const float grey = luma(pixel);
    for (int c = 0; c < 3; ++c) pixel[c] = clamp_level(grey + alpha * (pixel[c] - grey));
  }
  return image;
}

Image adjust_hue(Image image, double turn) {
  check(turn >= -0.5 && turn <= 0.5, ErrorKind::internal,
        "a hue is turned by -0.5 to 0.5 of the circle, got {}", turn);
  if (image.channels == 1) return image;
  // _functional_pil.py, adjust_hue: cut towards 0, then added in uint8, which wraps around.
  const int shift = static_cast<int>(turn * 255);
  for (std::size_t i = 0; i < image.samples.size(); i += 3) {
    std::uint8_t* pixel = image.samples.data() + i;
    Hsv hsv = to_hsv(pixel[0], pixel[1], pixel[2]);
    hsv.hue = (hsv.hue + shift) & 0xff;
    from_hsv(hsv, pixel);
  }
  return image;
}

Image adjust_sharpness(const Image& image, double factor) {
  Image result = image;
  // ImagingFilter3x3 copies the outermost pixels, so that nothing else is left.
  if (image.height < 3 || image.width < 3) return result;
  const std::int64_t step = image.channels;
  const std::int64_t inner = (image.width - 2) * step;
  std::vector<std::uint8_t> smooth(static_cast<std::size_t>(inner));
  for (std::int64_t y = 1; y < image.height - 1; ++y) {
    const std::uint8_t* middle = image.row(y) + step;
    smooth_row(image.row(y - 1) + step, middle, image.row(y + 1) + step, step, inner,
               smooth.data());
    blend_row(smooth.data(), middle, static_cast<float>(factor), inner, result.row(y) + step);
  }
  return result;
}

}  // namespace attune
