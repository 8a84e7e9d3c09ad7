#include "attune/data/image/image_statistics.h"

#include <algorithm>
#include <array>
#include <vector>

#include "attune/base/error.h"
#include "attune/data/statistics_of.h"

namespace attune {
namespace {

/// Smallest, lower median and largest.
template <typename Get>
std::array<std::int64_t, 3> spread(std::span<const Size> sizes, const Get& get) {
  std::vector<std::int64_t> values;
  values.reserve(sizes.size());
  for (const Size& size : sizes) values.push_back(get(size));
  std::sort(values.begin(), values.end());
  // The lower median: a size that some picture has.
  return {values.front(), values[(values.size() - 1) / 2], values.back()};
}

SplitStatistics split_statistics(const ImageSplitView& split) {
  const ImageDataset& data = *split.data;
  SplitStatistics result = describe_examples(split.name, data);
  result.skipped_files = std::ssize(data.skipped_files);
  for (const ImageExample& example : data.examples) {
    result.unknown_labels += static_cast<std::int64_t>(example.label_unknown.size());
  }
  if (!split.sizes.empty()) result.sizes = size_statistics(split.sizes);
  return result;
}

}  // namespace

SizeStatistics size_statistics(std::span<const Size> sizes) {
  const auto [min_h, median_h, max_h] = spread(sizes, [](const Size& s) { return s.height; });
  const auto [min_w, median_w, max_w] = spread(sizes, [](const Size& s) { return s.width; });
  return {min_h, median_h, max_h, min_w, median_w, max_w};
}

DatasetStatistics compute_statistics(std::span<const ImageSplitView> splits) {
  DatasetStatistics result;
  std::vector<std::vector<std::uint64_t>> keys;
  for (const ImageSplitView& split : splits) {
    result.note_labels(split.data->label_kind, split.data->label_names);
    const auto sizes = static_cast<std::int64_t>(split.sizes.size());
    check(sizes == 0 || sizes == split.data->size(), ErrorKind::internal,
          "{} sizes for {} pictures", sizes, split.data->size());
    check(split.keys.empty() || std::ssize(split.keys) == split.data->size(), ErrorKind::internal,
          "{} keys for {} pictures", split.keys.size(), split.data->size());
    keys.push_back(split.keys);
    result.splits.push_back(split_statistics(split));
  }
  note_equal(equal_pairs(keys), splits, result);
  return result;
}

}  // namespace attune
