#include "attune/data/image/image_dataset.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/config/field.h"
#include "attune/data/labels/class_ids.h"

namespace attune {
namespace {

constexpr std::size_t kMaxGroupsShown = 10;

const ImageExample& at(const ImageDataset& dataset, std::int64_t example) {
  check(example >= 0 && example < dataset.size(), ErrorKind::internal,
        "example {} of {} was asked for", example, dataset.size());
  return dataset.examples[static_cast<std::size_t>(example)];
}

}  // namespace

bool parse_split(std::string_view text, GivenSplit& split) {
  const std::string name = to_lower_ascii(trim(text));
  if (name.empty()) {
    split = GivenSplit::none;
  } else if (name == "train" || name == "training") {
    split = GivenSplit::train;
  } else if (name == "val" || name == "valid" || name == "validation" || name == "dev") {
    split = GivenSplit::validation;
  } else if (name == "test" || name == "testing") {
    split = GivenSplit::test;
  } else {
    return false;
  }
  return true;
}

Image ImageBlock::image(std::int64_t picture) const {
  check(picture >= 0 && picture < count, ErrorKind::internal, "{}: picture {} of {}", name, picture,
        count);
  Image result(height, width, channels);
  const auto size = result.samples.size();
  const auto part = samples.subspan(static_cast<std::size_t>(picture) * size, size);
  std::copy(part.begin(), part.end(), result.samples.begin());
  return result;
}

std::string ImageDataset::source_name(std::int64_t i) const {
  const ImageExample& example = at(*this, i);
  std::string where = example.path;
  if (example.block >= 0) {
    where =
        fmt::format("{}[{}]", blocks[static_cast<std::size_t>(example.block)].name, example.index);
  }
  if (example.file < 0) return where;
  return fmt::format("{}:{} ({})", files[static_cast<std::size_t>(example.file)], example.line,
                     where);
}

std::vector<std::int64_t> ImageDataset::class_ids() const {
  return class_ids_of(*this);
}

std::vector<std::int64_t> ImageDataset::class_counts() const {
  return class_counts_of(*this);
}

std::vector<float> ImageDataset::label_row(std::int64_t i) const {
  const ImageExample& example = at(*this, i);
  std::vector<float> row(label_names.size());
  for (const std::int64_t id : example.label_set) row[static_cast<std::size_t>(id)] = 1;
  for (const std::int64_t id : example.label_unknown) row[static_cast<std::size_t>(id)] = -1;
  return row;
}

std::vector<std::int64_t> ImageDataset::group_ids() const {
  std::unordered_map<std::string, std::int64_t> seen;
  std::vector<std::int64_t> ids;
  ids.reserve(examples.size());
  std::int64_t next = 0;
  for (const ImageExample& example : examples) {
    if (example.group.empty()) {
      ids.push_back(next++);
      continue;
    }
    const auto [entry, is_new] = seen.emplace(example.group, next);
    if (is_new) ++next;
    ids.push_back(entry->second);
  }
  return ids;
}

bool ImageDataset::has_groups() const {
  return std::any_of(examples.begin(), examples.end(),
                     [](const ImageExample& example) { return !example.group.empty(); });
}

bool ImageDataset::has_splits() const {
  return std::any_of(examples.begin(), examples.end(),
                     [](const ImageExample& example) { return example.split != GivenSplit::none; });
}

ImageDataset ImageDataset::subset(std::span<const std::int64_t> chosen) const {
  ImageDataset result{.label_kind = label_kind,
                      .label_names = label_names,
                      .blocks = blocks,
                      .files = files,
                      .subgroup_columns = subgroup_columns};
  result.examples.reserve(chosen.size());
  for (const std::int64_t i : chosen) result.examples.push_back(at(*this, i));
  return result;
}

ImageDataset ImageDataset::part(GivenSplit split) const {
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < size(); ++i) {
    if (examples[static_cast<std::size_t>(i)].split == split) chosen.push_back(i);
  }
  return subset(chosen);
}

void check_trainable(const ImageDataset& dataset, const std::string& name) {
  if (dataset.label_kind != LabelKind::single_label) return;
  check_two_classes(dataset.class_counts(), dataset.label_names, name);
}

void check_groups_apart(const ImageDataset& dataset, const std::string& name) {
  std::unordered_map<std::string, std::int64_t> first;  // example in which a group was first seen
  std::map<std::string, std::string> shared;            // sorted, so that the message is the same
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    const ImageExample& example = at(dataset, i);
    if (example.group.empty() || example.split == GivenSplit::none) continue;
    const auto [entry, is_new] = first.emplace(example.group, i);
    const GivenSplit before = at(dataset, entry->second).split;
    if (is_new || before == example.split) continue;
    shared.emplace(example.group,
                   fmt::format("\n  \"{}\": {} is in {}, {} is in {}", example.group,
                               dataset.source_name(entry->second), config::enum_name(before),
                               dataset.source_name(i), config::enum_name(example.split)));
  }
  if (shared.empty()) return;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [group, line] : shared) {
    if (shown++ < kMaxGroupsShown) text += line;
  }
  if (shared.size() > kMaxGroupsShown) {
    text += fmt::format("\n  and {} more",
                        with_thousands(static_cast<long long>(shared.size() - kMaxGroupsShown)));
  }
  fail(ErrorKind::data,
       "{}: {} groups have examples in two of the given splits, so that what is learned of them "
       "would be tested on them:{}\nMove each group to one split, or leave the splits out and let "
       "attune split by group.",
       name, shared.size(), text);
}

}  // namespace attune
