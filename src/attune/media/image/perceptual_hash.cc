#include "attune/media/image/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "attune/base/process/stop.h"
#include "attune/media/image/clones.h"
#include "attune/media/image/resize.h"

namespace attune {
namespace {

constexpr std::size_t kSide = 32, kFrequencies = 8;

using Grey = std::array<std::array<double, kSide>, kSide>;

/// ITU-R 601, as Pillow's mode L; grey samples are what they are.
double luma_of(const double* sample, std::size_t channels) {
  return channels == 1 ? sample[0] : 0.299 * sample[0] + 0.587 * sample[1] + 0.114 * sample[2];
}

/// Adds a row of samples to sums; a vector unit adds 16 or 32 at once. 16 bits hold 257 rows.
ATTUNE_CLONES
void add_row(const std::uint8_t* row, std::size_t count, std::uint16_t* sums) {
  for (std::size_t x = 0; x < count; ++x) sums[x] = static_cast<std::uint16_t>(sums[x] + row[x]);
}

/// Where the first sample of bin `i` lies: samples belong to the bin that their middle is in, as
/// with the box filter of a resize.
std::size_t bin_begin(std::size_t i, std::size_t length) {
  return (2 * i * length + kSide) / (2 * kSide);
}

/// Means over 32 x 32 boxes of 8-bit samples, each read once: a resize of three channels to that
/// size takes several times as long, a tenth of decoding. Requires at least 32 pixels a side.
Grey means_of(const Image& image) {
  constexpr std::size_t kRowsAtOnce = 257;
  const auto height = static_cast<std::size_t>(image.height);
  const auto width = static_cast<std::size_t>(image.width);
  const auto channels = static_cast<std::size_t>(image.channels);
  std::vector<std::uint16_t> sums(width * channels);
  std::vector<double> columns(width * channels);
  Grey grey;
  for (std::size_t v = 0; v < kSide; ++v) {
    const std::size_t begin = bin_begin(v, height), end = bin_begin(v + 1, height);
    std::ranges::fill(columns, 0);
    for (std::size_t first = begin; first < end; first += kRowsAtOnce) {
      std::ranges::fill(sums, 0);
      for (std::size_t y = first; y < std::min(end, first + kRowsAtOnce); ++y) {
        add_row(image.row(static_cast<std::int64_t>(y)), sums.size(), sums.data());
      }
      for (std::size_t x = 0; x < sums.size(); ++x) columns[x] += sums[x];
    }
    for (std::size_t u = 0; u < kSide; ++u) {
      const std::size_t left = bin_begin(u, width), right = bin_begin(u + 1, width);
      std::array<double, 3> sum = {};
      for (std::size_t x = left; x < right; ++x) {
        for (std::size_t c = 0; c < channels; ++c) sum[c] += columns[x * channels + c];
      }
      grey[v][u] =
          luma_of(sum.data(), channels) / static_cast<double>((end - begin) * (right - left));
    }
  }
  return grey;
}

template <typename Sample>
Grey resized_grey(const Raster<Sample>& image) {
  const Raster<Sample> small = resize(
      image, {static_cast<std::int64_t>(kSide), static_cast<std::int64_t>(kSide)}, Filter::box);
  const auto channels = static_cast<std::size_t>(small.channels);
  Grey grey;
  for (std::size_t y = 0; y < kSide; ++y) {
    const Sample* const row = small.row(static_cast<std::int64_t>(y));
    for (std::size_t x = 0; x < kSide; ++x) {
      std::array<double, 3> sample = {};
      for (std::size_t c = 0; c < channels; ++c) {
        sample[c] = static_cast<double>(row[x * channels + c]);
      }
      grey[y][x] = luma_of(sample.data(), channels);
    }
  }
  return grey;
}

Grey grey_of(const FloatImage& image) {
  return resized_grey(image);
}
Grey grey_of(const Image& image) {
  constexpr auto kLeast = static_cast<std::int64_t>(kSide);
  return std::min(image.height, image.width) < kLeast ? resized_grey(image) : means_of(image);
}

/// cos((2 x + 1) u pi / 2 N), the basis of the DCT-II.
const std::array<std::array<double, kSide>, kFrequencies>& cosines() {
  static const auto table = [] {
    std::array<std::array<double, kSide>, kFrequencies> result;
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      for (std::size_t x = 0; x < kSide; ++x) {
        result[u][x] = std::cos(static_cast<double>((2 * x + 1) * u) * std::numbers::pi /
                                static_cast<double>(2 * kSide));
      }
    }
    return result;
  }();
  return table;
}

/// Values that are exactly 0 but for rounding are 0: a flat picture has none but the first.
std::array<double, kFrequencies * kFrequencies> low_frequencies(const Grey& grey) {
  const auto& cosine = cosines();
  std::array<std::array<double, kFrequencies>, kSide> rows = {};
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      for (std::size_t x = 0; x < kSide; ++x) rows[y][u] += grey[y][x] * cosine[u][x];
    }
  }
  std::array<double, kFrequencies* kFrequencies> result = {};
  for (std::size_t v = 0; v < kFrequencies; ++v) {
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      double& sum = result[v * kFrequencies + u];
      for (std::size_t y = 0; y < kSide; ++y) sum += rows[y][u] * cosine[v][y];
      if (std::abs(sum) < 1e-6) sum = 0;
    }
  }
  return result;
}

}  // namespace

std::uint64_t perceptual_hash(const Picture& picture) {
  const Grey grey = std::visit([](const auto& image) { return grey_of(image); }, picture);
  const auto values = low_frequencies(grey);
  // Without the first, which is the mean brightness and far above all others.
  auto sorted = values;
  const auto middle = sorted.begin() + 1 + (sorted.size() - 1) / 2;
  std::nth_element(sorted.begin() + 1, middle, sorted.end());
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] > *middle) hash |= std::uint64_t{1} << i;
  }
  return hash;
}

bool is_constant(const Picture& picture) {
  return std::visit(
      [](const auto& image) {
        const auto& samples = image.samples;
        const auto channels = static_cast<std::size_t>(image.channels);
        // Each sample equals the one a pixel before.
        return std::equal(samples.begin() + static_cast<long>(channels), samples.end(),
                          samples.begin());
      },
      picture);
}

std::vector<std::pair<std::size_t, std::size_t>> near_hashes(
    const std::vector<std::uint64_t>& hashes) {
  // Of 64 bits in kNearBits + 1 bands one band is equal where no more than kNearBits differ.
  constexpr int kBands = kNearBits + 1, kWidth = (64 + kBands - 1) / kBands;
  std::array<std::unordered_map<std::uint64_t, std::vector<std::size_t>>, kBands> buckets;
  const auto band = [](std::uint64_t hash, int b) {
    return (hash >> (b * kWidth)) & ((std::uint64_t{1} << kWidth) - 1);
  };
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    check_stop();
    std::optional<std::size_t> nearest;
    for (int b = 0; b < kBands; ++b) {
      const auto bucket = buckets[static_cast<std::size_t>(b)].find(band(hashes[i], b));
      if (bucket == buckets[static_cast<std::size_t>(b)].end()) continue;
      for (const std::size_t other : bucket->second) {
        if (std::popcount(hashes[i] ^ hashes[other]) > kNearBits) continue;
        if (!nearest || other < *nearest) nearest = other;
      }
    }
    if (nearest) {
      pairs.emplace_back(*nearest, i);
      continue;
    }
    for (int b = 0; b < kBands; ++b) {
      buckets[static_cast<std::size_t>(b)][band(hashes[i], b)].push_back(i);
    }
  }
  return pairs;
}

}  // namespace attune
