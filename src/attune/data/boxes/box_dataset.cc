#include "attune/data/boxes/box_dataset.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/data/split/groups.h"

namespace attune {
namespace {

const BoxExample& at(const BoxDataset& dataset, std::int64_t example) {
  check(example >= 0 && example < dataset.size(), ErrorKind::internal,
        "example {} of {} was asked for", example, dataset.size());
  return dataset.examples[static_cast<std::size_t>(example)];
}

}  // namespace

std::string place_text(BoxPlace kind, std::int64_t place) {
  switch (kind) {
    case BoxPlace::annotation:
      return fmt::format("annotation {}", place);
    case BoxPlace::shape:
      return fmt::format("shape {}", place);
    case BoxPlace::line:
      break;
  }
  return "";
}

std::int64_t BoxDataset::box_count() const {
  std::int64_t count = 0;
  for (const BoxExample& example : examples) count += std::ssize(example.boxes);
  return count;
}

std::string BoxDataset::source_name(std::int64_t i) const {
  const BoxExample& example = at(*this, i);
  if (example.file < 0) return example.path;
  const std::string& file = files[static_cast<std::size_t>(example.file)];
  return example.line > 0 ? fmt::format("{}:{} ({})", file, example.line, example.path)
                          : fmt::format("{} ({})", file, example.path);
}

std::string BoxDataset::place_name(std::int64_t i, std::int64_t box_place) const {
  const BoxExample& example = at(*this, i);
  if (example.file < 0) return example.path;
  const std::string& file = files[static_cast<std::size_t>(example.file)];
  if (place == BoxPlace::line) return fmt::format("{}:{}", file, box_place);
  return fmt::format("{}, {} ({})", file, place_text(place, box_place), example.path);
}

std::vector<std::int64_t> BoxDataset::classes_in(std::int64_t i) const {
  std::vector<std::int64_t> classes;
  for (const LabelledBox& box : at(*this, i).boxes) classes.push_back(box.class_id);
  std::ranges::sort(classes);
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

std::vector<std::int64_t> BoxDataset::picture_counts() const {
  std::vector<std::int64_t> counts(label_names.size());
  for (std::int64_t i = 0; i < size(); ++i) {
    for (const std::int64_t id : classes_in(i)) ++counts[static_cast<std::size_t>(id)];
  }
  return counts;
}

std::vector<std::int64_t> BoxDataset::box_counts() const {
  std::vector<std::int64_t> counts(label_names.size());
  for (const BoxExample& example : examples) {
    for (const LabelledBox& box : example.boxes) ++counts[static_cast<std::size_t>(box.class_id)];
  }
  return counts;
}

std::vector<std::int64_t> BoxDataset::group_ids() const {
  return group_ids_of(*this);
}

bool BoxDataset::has_groups() const {
  return has_any_group(*this);
}

bool BoxDataset::has_splits() const {
  return has_any_split(*this);
}

BoxDataset BoxDataset::subset(std::span<const std::int64_t> chosen) const {
  BoxDataset result{.label_kind = label_kind,
                    .label_names = label_names,
                    .category_ids = category_ids,
                    .examples = {},
                    .files = files,
                    .place = place,
                    .bad_rows = {},
                    .unlabelled = {},
                    .orphans = {},
                    .group_note = group_note};
  result.examples.reserve(chosen.size());
  for (const std::int64_t i : chosen) result.examples.push_back(at(*this, i));
  return result;
}

BoxDataset BoxDataset::part(GivenSplit split) const {
  return subset(members_of(*this, split));
}

void BoxDataset::take_left_out(BoxDataset& whole) {
  bad_rows = std::move(whole.bad_rows);
  unlabelled = std::move(whole.unlabelled);
  orphans = std::move(whole.orphans);
}

void check_trainable(const BoxDataset& dataset, const std::string& name) {
  check(dataset.box_count() > 0, ErrorKind::data,
        "{}: none of its {} pictures has a box to learn from", name, dataset.size());
}

}  // namespace attune
