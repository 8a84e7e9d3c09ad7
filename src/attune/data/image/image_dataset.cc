#include "attune/data/image/image_dataset.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/split/groups.h"

namespace attune {
namespace {

const ImageExample& at(const ImageDataset& dataset, std::int64_t example) {
  check(example >= 0 && example < dataset.size(), ErrorKind::internal,
        "example {} of {} was asked for", example, dataset.size());
  return dataset.examples[static_cast<std::size_t>(example)];
}

}  // namespace

Image ImageBlock::image(std::int64_t picture) const {
  check(picture >= 0 && picture < count, ErrorKind::internal, "{}: picture {} of {}", name, picture,
        count);
  // A copy: augmentation changes pictures where they are, and a block is shared by all threads.
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
  // A table's line is where people mend a label, the picture where they see why.
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
  return group_ids_of(*this);
}

bool ImageDataset::has_groups() const {
  return has_any_group(*this);
}

bool ImageDataset::has_splits() const {
  return has_any_split(*this);
}

ImageDataset ImageDataset::subset(std::span<const std::int64_t> chosen) const {
  ImageDataset result{.label_kind = label_kind,
                      .label_names = label_names,
                      .blocks = blocks,
                      .files = files,
                      .group_note = group_note,
                      .subgroup_columns = subgroup_columns};
  result.examples.reserve(chosen.size());
  for (const std::int64_t i : chosen) result.examples.push_back(at(*this, i));
  return result;
}

ImageDataset ImageDataset::part(GivenSplit split) const {
  return subset(members_of(*this, split));
}

void ImageDataset::take_left_out(ImageDataset& whole) {
  bad_rows = std::move(whole.bad_rows);
  skipped_files = std::move(whole.skipped_files);
}

void check_trainable(const ImageDataset& dataset, const std::string& name) {
  if (dataset.label_kind != LabelKind::single_label) return;
  check_two_classes(dataset.class_counts(), dataset.label_names, name);
}

}  // namespace attune
