// Operations that map each sample by itself: one table of 256 levels for all channels, or one for
// each.
#include <algorithm>
#include <array>
#include <span>

#include "attune/base/error.h"
#include "attune/media/image/augment/blend.h"
#include "attune/media/image/augment/color_ops.h"

namespace attune {
namespace {

using Table = std::array<std::uint8_t, 256>;
using Histogram = std::array<std::int64_t, 256>;

template <typename Level>
Table make_table(const Level& level) {
  Table table{};
  for (int i = 0; i < 256; ++i) {
    table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(level(i));
  }
  return table;
}

Image map_samples(Image image, const Table& table) {
  for (std::uint8_t& sample : image.samples) sample = table[sample];
  return image;
}

/// `make(histogram)` gives the table of a channel.
template <typename Make>
Image map_channels(Image image, const Make& make) {
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    Histogram histogram{};
    for (std::size_t i = c; i < image.samples.size(); i += channels) ++histogram[image.samples[i]];
    const Table table = make(histogram);
    for (std::size_t i = c; i < image.samples.size(); i += channels) {
      image.samples[i] = table[image.samples[i]];
    }
  }
  return image;
}

constexpr auto kSame = [](int level) { return level; };

/// ImageOps.autocontrast with a cutoff of 0: scale first, then offset, cut towards 0.
Table autocontrast_table(const Histogram& histogram) {
  const auto used = [](std::int64_t count) { return count != 0; };
  const auto low = std::find_if(histogram.begin(), histogram.end(), used) - histogram.begin();
  const auto high = histogram.rend() - std::find_if(histogram.rbegin(), histogram.rend(), used) - 1;
  if (high <= low) return make_table(kSame);
  const double scale = 255.0 / static_cast<double>(high - low);
  const double offset = -static_cast<double>(low) * scale;
  return make_table(
      [&](int i) { return std::clamp(static_cast<int>(i * scale + offset), 0, 255); });
}

/// ImageOps.equalize: the brightest level that occurs is left out of the sum, and the table starts
/// half a step in.
Table equalize_table(const Histogram& histogram) {
  std::int64_t sum = 0, last = 0;
  for (const std::int64_t count : histogram) {
    sum += count;
    if (count != 0) last = count;
  }
  const std::int64_t step = (sum - last) / 255;
  if (step == 0) return make_table(kSame);  // one level alone too
  std::int64_t below = step / 2;
  return make_table([&](int i) {
    const std::int64_t level = std::min<std::int64_t>(below / step, 255);
    below += histogram[static_cast<std::size_t>(i)];
    return level;
  });
}

}  // namespace

Image adjust_brightness(Image image, double factor) {
  const auto alpha = static_cast<float>(factor);
  return map_samples(std::move(image), make_table([&](int i) { return blend(0, i, alpha); }));
}

Image adjust_contrast(Image image, double factor) {
  if (image.empty()) return image;
  std::int64_t sum = 0;
  for_each_luma(image, [&](int luma) { sum += luma; });
  const double pixels = static_cast<double>(image.height * image.width);
  // ImageEnhance.Contrast rounds the mean to a level before it blends.
  const int mean = static_cast<int>(static_cast<double>(sum) / pixels + 0.5);
  const auto alpha = static_cast<float>(factor);
  return map_samples(std::move(image), make_table([&](int i) { return blend(mean, i, alpha); }));
}

Image posterize(Image image, int bits) {
  check(bits >= 1 && bits <= 8, ErrorKind::internal, "posterize keeps 1 to 8 bits, got {}", bits);
  const int mask = 0xff & ~((1 << (8 - bits)) - 1);
  return map_samples(std::move(image), make_table([&](int i) { return i & mask; }));
}

Image solarize(Image image, double threshold) {
  return map_samples(std::move(image),
                     make_table([&](int i) { return i < threshold ? i : 255 - i; }));
}

Image autocontrast(Image image) {
  return map_channels(std::move(image), autocontrast_table);
}

Image equalize(Image image) {
  return map_channels(std::move(image), equalize_table);
}

}  // namespace attune
