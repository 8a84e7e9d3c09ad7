#include "attune/data/boxes/box_statistics.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "attune/data/image/image_statistics.h"
#include "attune/data/split/groups.h"
#include "attune/data/statistics_of.h"

namespace attune {
namespace {

constexpr std::size_t kSizeBins = 20, kAspectBins = 16;
constexpr double kSmallArea = 32.0 * 32, kMediumArea = 96.0 * 96;  // COCO's
constexpr double kSameOverlap = 0.5;

struct BoxSplitView {
  std::string name;
  const BoxDataset* data;
};

std::size_t bin_of(double value, std::size_t bins) {
  return static_cast<std::size_t>(std::clamp(value, 0.0, static_cast<double>(bins - 1)));
}

void add_box(const LabelledBox& labelled, Size picture, BoxStatistics& result) {
  const Box& box = labelled.box;
  ++result.boxes;
  ++result.class_counts[static_cast<std::size_t>(labelled.class_id)];
  result.crowds += labelled.crowd;
  result.difficult += labelled.difficult;
  const double area = labelled.object_area();
  ++(area < kSmallArea ? result.small : area < kMediumArea ? result.medium : result.large);
  const double whole = static_cast<double>(picture.width) * static_cast<double>(picture.height);
  const double share = std::sqrt(box.area() / whole);
  ++result.relative_sizes[bin_of(share * static_cast<double>(kSizeBins), kSizeBins)];
  const double aspect = std::log2(box.width() / box.height());
  ++result.aspects[bin_of(std::floor((aspect + 4) * 2), kAspectBins)];
}

BoxStatistics describe_boxes(const BoxDataset& data) {
  BoxStatistics result;
  result.class_counts.resize(data.label_names.size());
  result.relative_sizes.resize(kSizeBins);
  result.aspects.resize(kAspectBins);
  std::vector<std::int64_t> counts;
  for (const BoxExample& example : data.examples) {
    counts.push_back(std::ssize(example.boxes));
    result.background += example.boxes.empty();
    for (const LabelledBox& box : example.boxes) add_box(box, example.size, result);
  }
  std::ranges::sort(counts);
  if (counts.empty()) return result;
  result.min_boxes = counts.front();
  result.median_boxes = counts[(counts.size() - 1) / 2];
  result.max_boxes = counts.back();
  return result;
}

SplitStatistics describe_part(const std::string& name, const BoxDataset& data) {
  SplitStatistics result;
  result.name = name;
  result.examples = data.size();
  result.bad_rows = std::ssize(data.bad_rows);
  result.groups = count_groups(data);
  result.class_counts = data.picture_counts();
  std::vector<Size> sizes;
  for (const BoxExample& example : data.examples) sizes.push_back(example.size);
  if (!sizes.empty()) result.sizes = size_statistics(sizes);
  result.boxes = describe_boxes(data);
  return result;
}

}  // namespace

DatasetStatistics box_statistics(const BoxParts& parts, const std::vector<ImageScan>& scans) {
  DatasetStatistics result;
  std::vector<BoxSplitView> views;
  std::vector<std::vector<std::uint64_t>> keys(parts.parts().size());
  for (const auto& [name, data] : parts.parts()) {
    result.note_labels(data->label_kind, data->label_names);
    result.splits.push_back(describe_part(name, *data));
    if (!scans.empty()) {
      for (const PictureLook& look : scans[views.size()].looks) {
        keys[views.size()].push_back(look.pixels);
      }
    }
    views.push_back({name, data});
  }
  note_equal<BoxSplitView>(equal_pairs(keys), views, result);
  return result;
}

bool same_label(const BoxDataset& first, std::int64_t i, const BoxDataset& second, std::int64_t j) {
  const auto& a = first.examples[static_cast<std::size_t>(i)].boxes;
  const auto& b = second.examples[static_cast<std::size_t>(j)].boxes;
  if (a.size() != b.size()) return false;
  const auto has_like = [](const std::vector<LabelledBox>& boxes, const LabelledBox& wanted) {
    return std::ranges::any_of(boxes, [&](const LabelledBox& box) {
      return box.class_id == wanted.class_id && iou(box.box, wanted.box) >= kSameOverlap;
    });
  };
  return std::ranges::all_of(a, [&](const LabelledBox& box) { return has_like(b, box); }) &&
         std::ranges::all_of(b, [&](const LabelledBox& box) { return has_like(a, box); });
}

}  // namespace attune
