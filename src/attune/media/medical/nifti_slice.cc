#include <algorithm>
#include <cmath>

#include "attune/base/error.h"
#include "attune/config/field.h"
#include "attune/media/medical/nifti.h"

namespace attune {
namespace {

constexpr double kWhite = 255;
constexpr double kLowPercent = 0.5, kHighPercent = 99.5;

/// As numpy.percentile: linear between the two nearest ranks. Requires sorted values.
double percentile(const std::vector<double>& sorted, double percent) {
  const double rank = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - std::floor(rank));
}

std::pair<double, double> robust_range(const std::vector<double>& values) {
  // NaN has no place in an order, and one infinity would make all the rest black.
  std::vector<double> sorted;
  std::ranges::copy_if(values, std::back_inserter(sorted),
                       [](double value) { return std::isfinite(value); });
  if (sorted.empty()) return {0, 0};
  std::ranges::sort(sorted);
  return {percentile(sorted, kLowPercent), percentile(sorted, kHighPercent)};
}

}  // namespace

FloatImage nifti_slice(const NiftiVolume& volume, const SliceOptions& options) {
  const VolumeAxes axes = closest_canonical_axes(volume.affine, volume.size);
  const auto size = [&](std::size_t axis) { return volume.size[axes.stored[axis]]; };
  const auto cut = static_cast<std::size_t>(options.plane);  // RAS+: across right, anterior, ...
  const std::int64_t index = options.index.value_or(size(cut) / 2);
  check(index >= 0 && index < size(cut), ErrorKind::user,
        "slice {} is asked for, but there are {} {} ones (from 0)", index, size(cut),
        config::enum_name(options.plane));
  check(options.channel >= 0 && options.channel < volume.channels, ErrorKind::user,
        "volume or channel {} is asked for (frame_index), but the file has {}", options.channel,
        volume.channels);
  const std::size_t column = cut == 0 ? 1 : 0, row = cut == 2 ? 1 : 2;
  const std::int64_t colours = volume.type == NiftiType::rgb ? 3 : 1;
  FloatImage picture(size(row), size(column), colours);
  std::vector<double> values;
  values.reserve(picture.samples.size());
  std::array<std::int64_t, 3> at{};  // of the stored voxel
  const auto place = [&](std::size_t axis, std::int64_t i) {
    at[axes.stored[axis]] = axes.is_reversed[axis] ? size(axis) - 1 - i : i;
  };
  place(cut, index);
  for (std::int64_t y = 0; y < picture.height; ++y) {
    place(row, y);
    for (std::int64_t x = 0; x < picture.width; ++x) {
      place(column, x);
      for (std::int64_t c = 0; c < colours; ++c) {
        values.push_back(volume.value(at[0], at[1], at[2], options.channel, c));
      }
    }
  }
  std::pair<double, double> range{0, kWhite};
  // Percentiles, because a few bright voxels (vessels, artefacts) would leave the rest of an MR
  // slice dark.
  if (colours == 1) range = options.window ? *options.window : robust_range(values);
  const auto [low, high] = range;
  check(!options.window || low < high, ErrorKind::user,
        "the window runs from {} to {}, expected the smaller value first", low, high);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double share = high > low ? (values[i] - low) / (high - low) : 0;
    const bool is_black = std::isnan(share);
    picture.samples[i] = is_black ? 0 : static_cast<float>(std::clamp(share, 0.0, 1.0) * kWhite);
  }
  return picture;
}

}  // namespace attune
