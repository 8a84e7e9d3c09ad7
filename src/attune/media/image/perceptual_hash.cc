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
#include "attune/base/rng.h"
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

using Boxes = std::array<std::array<std::uint64_t, 3>, kSide>;

/// Adds sums of columns to those of the 32 boxes beside each other, as differences of running
/// totals: a loop over each box ends some three thousand times a picture where the processor does
/// not expect it (18 us instead of 9; a decode takes 430). Whole numbers, so that no order of
/// adding changes a bit. `totals` is room for one pixel more than `sums` has.
template <std::size_t kChannels>
void add_boxes(const std::vector<std::uint16_t>& sums, std::vector<std::uint32_t>& totals,
               Boxes& boxes) {
  const std::size_t width = sums.size() / kChannels;
  std::array<std::uint32_t, kChannels> total = {};
  for (std::size_t x = 0; x < width; ++x) {
    // Unrolled, `total` stays in registers.
#pragma GCC unroll 3
    for (std::size_t c = 0; c < kChannels; ++c) {
      total[c] += sums[x * kChannels + c];
      totals[(x + 1) * kChannels + c] = total[c];
    }
  }
  for (std::size_t u = 0; u < kSide; ++u) {
    const std::size_t left = bin_begin(u, width), right = bin_begin(u + 1, width);
    for (std::size_t c = 0; c < kChannels; ++c) {
      boxes[u][c] += totals[right * kChannels + c] - totals[left * kChannels + c];
    }
  }
}

/// Means over 32 x 32 boxes of 8-bit samples, each read once: a resize of three channels to that
/// size takes several times as long, a tenth of decoding. Requires at least 32 pixels a side.
template <std::size_t kChannels>
Grey means_of(const Image& image) {
  constexpr std::size_t kRowsAtOnce = 257;
  const auto height = static_cast<std::size_t>(image.height);
  const auto width = static_cast<std::size_t>(image.width);
  std::vector<std::uint16_t> sums(width * kChannels);
  std::vector<std::uint32_t> totals((width + 1) * kChannels);
  Grey grey;
  for (std::size_t v = 0; v < kSide; ++v) {
    const std::size_t begin = bin_begin(v, height), end = bin_begin(v + 1, height);
    Boxes boxes = {};
    for (std::size_t first = begin; first < end; first += kRowsAtOnce) {
      std::ranges::fill(sums, 0);
      for (std::size_t y = first; y < std::min(end, first + kRowsAtOnce); ++y) {
        add_row(image.row(static_cast<std::int64_t>(y)), sums.size(), sums.data());
      }
      add_boxes<kChannels>(sums, totals, boxes);
    }
    for (std::size_t u = 0; u < kSide; ++u) {
      const std::size_t count = (end - begin) * (bin_begin(u + 1, width) - bin_begin(u, width));
      std::array<double, 3> sum;
      std::ranges::copy(boxes[u], sum.begin());
      grey[v][u] = luma_of(sum.data(), kChannels) / static_cast<double>(count);
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
  if (std::min(image.height, image.width) < kLeast) return resized_grey(image);
  return image.channels == 1 ? means_of<1>(image) : means_of<3>(image);
}

using Row = double __attribute__((vector_size(kFrequencies * sizeof(double))));

/// cos((2 x + 1) u pi / 2 N) of all u for each x, the basis of the DCT-II.
const std::array<Row, kSide>& cosines() {
  static const auto table = [] {
    std::array<Row, kSide> result;
    for (std::size_t x = 0; x < kSide; ++x) {
      for (std::size_t u = 0; u < kFrequencies; ++u) {
        result[x][u] = std::cos(static_cast<double>((2 * x + 1) * u) * std::numbers::pi /
                                static_cast<double>(2 * kSide));
      }
    }
    return result;
  }();
  return table;
}

}  // namespace

LowFrequencies low_frequencies(const Picture& picture) {
  const Grey grey = std::visit([](const auto& image) { return grey_of(image); }, picture);
  const auto& cosine = cosines();
  // All frequencies of a row at once: their sums need not wait for each other.
  std::array<Row, kFrequencies> sums = {};
  for (std::size_t y = 0; y < kSide; ++y) {
    Row row = {};
    for (std::size_t x = 0; x < kSide; ++x) row += grey[y][x] * cosine[x];
    for (std::size_t v = 0; v < kFrequencies; ++v) sums[v] += row * cosine[y][v];
  }
  LowFrequencies result;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double value = sums[i / kFrequencies][i % kFrequencies];
    result[i] = std::abs(value) < 1e-6 ? 0 : value;
  }
  return result;
}

std::uint64_t perceptual_hash(const LowFrequencies& values) {
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

std::uint64_t perceptual_hash(const Picture& picture) {
  return perceptual_hash(low_frequencies(picture));
}

std::uint64_t likeness_key(const Picture& picture, const LowFrequencies& values) {
  std::uint64_t key = std::visit(
      [&](const auto& image) {
        const std::uint64_t size = mix_key(static_cast<std::uint64_t>(image.height),
                                           static_cast<std::uint64_t>(image.width));
        return mix_key(mix_key(size, picture.index()), static_cast<std::uint64_t>(image.channels));
      },
      picture);
  for (const double value : values) key = mix_key(key, std::bit_cast<std::uint64_t>(value));
  return key;
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
