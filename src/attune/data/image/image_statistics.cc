#include "attune/data/image/image_statistics.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr std::size_t kMaxSamples = 5;

using FirstSeen = std::unordered_map<std::string_view, std::int64_t>;

bool same_label(const ImageExample& a, const ImageExample& b) {
  return a.label == b.label && a.label_set == b.label_set && a.target == b.target;
}

/// Counts the pictures of `later` that were seen in `earlier`; within one split `seen` grows.
DuplicateStatistics count_duplicates(const ImageSplitView& earlier, const ImageSplitView& later,
                                     FirstSeen& seen) {
  DuplicateStatistics result{earlier.name, later.name, 0, 0, {}};
  const bool is_within = &earlier == &later;
  for (std::size_t i = 0; i < later.hashes.size(); ++i) {
    if (later.hashes[i].empty()) continue;
    const auto index = static_cast<std::int64_t>(i);
    const auto found = seen.find(later.hashes[i]);
    if (found == seen.end()) {
      if (is_within) seen.emplace(later.hashes[i], index);
      continue;
    }
    ++result.count;
    const auto& first = earlier.data->examples[static_cast<std::size_t>(found->second)];
    result.conflicting += !same_label(first, later.data->examples[i]);
    if (result.samples.size() < kMaxSamples) {
      result.samples.emplace_back(earlier.data->source_name(found->second),
                                  later.data->source_name(index));
    }
  }
  return result;
}

/// Smallest, lower median and largest.
template <typename Get>
std::array<std::int64_t, 3> spread(std::span<const Size> sizes, const Get& get) {
  std::vector<std::int64_t> values;
  values.reserve(sizes.size());
  for (const Size& size : sizes) values.push_back(get(size));
  std::sort(values.begin(), values.end());
  return {values.front(), values[(values.size() - 1) / 2], values.back()};
}

SizeStatistics size_statistics(std::span<const Size> sizes) {
  const auto [min_h, median_h, max_h] = spread(sizes, [](const Size& s) { return s.height; });
  const auto [min_w, median_w, max_w] = spread(sizes, [](const Size& s) { return s.width; });
  return {min_h, median_h, max_h, min_w, median_w, max_w};
}

std::int64_t count_groups(const ImageDataset& data) {
  std::unordered_set<std::string_view> groups;
  for (const ImageExample& example : data.examples) {
    if (!example.group.empty()) groups.insert(example.group);
  }
  return static_cast<std::int64_t>(groups.size());
}

void add_targets(const ImageDataset& data, SplitStatistics& result) {
  if (data.label_kind != LabelKind::regression || data.examples.empty()) return;
  result.target_min = result.target_max = data.examples[0].target;
  for (const ImageExample& example : data.examples) {
    result.target_min = std::min(result.target_min, example.target);
    result.target_max = std::max(result.target_max, example.target);
    result.target_mean += example.target / static_cast<double>(data.size());
  }
}

SplitStatistics split_statistics(const ImageSplitView& split) {
  const ImageDataset& data = *split.data;
  SplitStatistics result;
  result.name = split.name;
  result.examples = data.size();
  result.bad_rows = static_cast<std::int64_t>(data.bad_rows.size());
  result.skipped_files = static_cast<std::int64_t>(data.skipped_files.size());
  result.groups = count_groups(data);
  result.class_counts = data.class_counts();
  for (const ImageExample& example : data.examples) {
    result.unknown_labels += static_cast<std::int64_t>(example.label_unknown.size());
  }
  add_targets(data, result);
  if (!split.sizes.empty()) result.sizes = size_statistics(split.sizes);
  return result;
}

}  // namespace

std::vector<DuplicateStatistics> find_duplicates(std::span<const ImageSplitView> splits) {
  std::vector<DuplicateStatistics> result;
  std::vector<FirstSeen> seen(splits.size());
  for (std::size_t later = 0; later < splits.size(); ++later) {
    const auto count = static_cast<std::int64_t>(splits[later].hashes.size());
    check(count == 0 || count == splits[later].data->size(), ErrorKind::internal,
          "{} hashes for {} pictures", count, splits[later].data->size());
    for (std::size_t k = 0; k <= later; ++k) {  // itself first, then those before it
      const std::size_t earlier = k == 0 ? later : k - 1;
      auto found = count_duplicates(splits[earlier], splits[later], seen[earlier]);
      if (found.count > 0) result.push_back(std::move(found));
    }
  }
  return result;
}

DatasetStatistics compute_statistics(std::span<const ImageSplitView> splits) {
  DatasetStatistics result;
  for (const ImageSplitView& split : splits) {
    result.note_labels(split.data->label_kind, split.data->label_names);
    const auto sizes = static_cast<std::int64_t>(split.sizes.size());
    check(sizes == 0 || sizes == split.data->size(), ErrorKind::internal,
          "{} sizes for {} pictures", sizes, split.data->size());
    result.splits.push_back(split_statistics(split));
  }
  result.duplicates = find_duplicates(splits);
  return result;
}

}  // namespace attune
