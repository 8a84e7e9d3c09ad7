#include "attune/media/image/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <optional>
#include <unordered_map>
#include <variant>

#include "attune/media/image/resize.h"

namespace attune {
namespace {

constexpr std::size_t kSide = 32, kFrequencies = 8;

using Grey = std::array<std::array<double, kSide>, kSide>;

template <typename Sample>
Grey grey_of(const Raster<Sample>& image) {
  const Raster<Sample> small = resize(
      image, {static_cast<std::int64_t>(kSide), static_cast<std::int64_t>(kSide)}, Filter::box);
  Grey grey;
  for (std::size_t y = 0; y < kSide; ++y) {
    const Sample* const row = small.row(static_cast<std::int64_t>(y));
    for (std::size_t x = 0; x < kSide; ++x) {
      const auto at = [&](std::size_t c) {
        return static_cast<double>(row[x * static_cast<std::size_t>(small.channels) + c]);
      };
      // ITU-R 601, as Pillow's mode L.
      grey[y][x] = small.channels == 1 ? at(0) : 0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2);
    }
  }
  return grey;
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
