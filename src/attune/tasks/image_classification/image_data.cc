#include "attune/tasks/image_classification/image_data.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/data/image/image_arrays.h"
#include "attune/data/image/image_folder.h"
#include "attune/data/image/image_manifest.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/split/split.h"
#include "attune/tasks/classification/loss.h"

namespace attune {
namespace {

template <typename Splits, typename Dataset>
std::vector<std::pair<std::string, Dataset*>> named_parts(Splits& splits) {
  std::vector<std::pair<std::string, Dataset*>> parts = {{"train", &splits.train}};
  if (splits.validation) parts.emplace_back("validation", &*splits.validation);
  if (splits.test) parts.emplace_back("test", &*splits.test);
  return parts;
}

ImageDataset read_manifest(const ImageDataSource& source, const ReadImagesOptions& options) {
  const ManifestColumns& columns = options.columns;
  check(columns.label_separator.size() == 1, ErrorKind::user,
        "--label-separator: got \"{}\", expected one ASCII character", columns.label_separator);
  ImageManifestOptions manifest;
  manifest.columns = {.image_column = columns.image_column,
                      .label_columns = columns.label_column,
                      .split_column = columns.split_column,
                      .group_column = columns.group_column,
                      .subgroup_columns = columns.subgroup_column};
  manifest.label_kind = label_kind_of(options.problem);
  manifest.label_names = options.labels;
  manifest.label_separator = columns.label_separator[0];
  manifest.root = source.root;
  manifest.on_bad_row = options.on_bad_row;
  return read_image_manifest(source.manifest, manifest);
}

}  // namespace

std::vector<std::pair<std::string, ImageDataset*>> ImageSplits::parts() {
  return named_parts<ImageSplits, ImageDataset>(*this);
}

std::vector<std::pair<std::string, const ImageDataset*>> ImageSplits::parts() const {
  return named_parts<const ImageSplits, const ImageDataset>(*this);
}

const std::string& ImageDataSource::name() const {
  return !folder.empty() ? folder : (!manifest.empty() ? manifest : file);
}

void find_source_problems(const ImageDataSource& source, const char* folder_flag,
                          config::Problems& problems) {
  const int given = !source.folder.empty() + !source.manifest.empty() + !source.file.empty();
  if (given != 1) {
    problems.add(fmt::format("{} of {}, --manifest and --data-file is needed, got {}",
                             given == 0 ? "one" : "just one", folder_flag, given));
  }
  if (!source.root.empty() && source.manifest.empty()) {
    problems.add("--root says where the paths of a --manifest begin, and none is given");
  }
}

ImageDataset read_images(const ImageDataSource& source, const ReadImagesOptions& options) {
  if (!source.manifest.empty()) return read_manifest(source, options);
  ImageDataset data;
  if (!source.file.empty()) {
    data = read_medmnist(source.file, options.labels);
  } else if (is_idx_folder(source.folder)) {
    data = read_idx_folder(source.folder, options.labels);
  } else if (is_cifar_folder(source.folder)) {
    data = read_cifar_folder(source.folder, options.labels);
  } else {
    data = read_image_folder(source.folder, options.labels);
  }
  check(data.label_kind == label_kind_of(options.problem), ErrorKind::user,
        "{}: its labels are {}; set --problem-type to what they are, or name others in a "
        "--manifest",
        source.name(),
        data.label_kind == LabelKind::multi_label ? "several for each picture"
                                                  : "one class for each picture");
  return data;
}

namespace {

/// `part` of `whole`, with what was left out when the whole was read.
ImageDataset with_left_out(ImageDataset part, ImageDataset& whole) {
  part.bad_rows = std::move(whole.bad_rows);
  part.skipped_files = std::move(whole.skipped_files);
  return part;
}

Split hold_out(const ImageDataset& data, double share, std::uint64_t seed) {
  try {
    const std::vector<std::int64_t> groups =
        data.has_groups() ? data.group_ids() : std::vector<std::int64_t>();
    if (data.label_kind == LabelKind::multi_label) {
      return multilabel_split(label_sets_of(data), groups, share, seed);
    }
    const bool single = data.label_kind == LabelKind::single_label;
    const std::vector<std::int64_t> classes =
        single ? data.class_ids() : std::vector<std::int64_t>();
    if (!groups.empty()) return group_split(groups, classes, share, seed);
    return single ? stratified_split(classes, share, seed) : random_split(data.size(), share, seed);
  } catch (const Error& error) {
    fail(error.kind(), "--validation-split {}: {}", share, error.what());
  }
}

/// Parts that the training data brings along, unless the user names others.
void take_given_parts(ImageSplits& splits, ImageDataset all, const ImageDataOptions& options) {
  if (!all.has_splits()) {
    splits.train = std::move(all);
    return;
  }
  ImageDataset validation = all.part(GivenSplit::validation), test = all.part(GivenSplit::test);
  splits.train = with_left_out(all.part(GivenSplit::train), all);
  if (validation.size() > 0) {
    check(!options.validation_split && options.validation_dir.empty(), ErrorKind::user,
          "the data has a validation part already ({} pictures); leave out --validation-split and "
          "--validation-dir",
          validation.size());
    splits.validation = std::move(validation);
  }
  if (test.size() > 0 && options.test_dir.empty() && options.test_file.empty()) {
    splits.test = std::move(test);
  }
}

}  // namespace

ImageDataset part_or_all(ImageDataset data, GivenSplit split, const std::string& name) {
  if (!data.has_splits()) return data;
  ImageDataset part = data.part(split);
  check(part.size() > 0, ErrorKind::data, "{}: none of its pictures is for {}", name,
        config::enum_name(split));
  return with_left_out(std::move(part), data);
}

ImageSplits load_image_splits(const ImageDataOptions& options, const ManifestColumns& columns,
                              ProblemType problem, std::uint64_t seed) {
  ReadImagesOptions read{.columns = columns,
                         .problem = problem,
                         .labels = options.labels,
                         .on_bad_row = options.on_bad_row};
  const ImageDataSource source{options.train_dir, options.manifest, options.data_file,
                               options.root};
  ImageSplits splits;
  take_given_parts(splits, read_images(source, read), options);
  check(splits.train.size() > 0, ErrorKind::data, "{}: none of its pictures is for training",
        source.name());
  read.labels = splits.train.label_names;
  if (options.validation_split) {
    const Split split = hold_out(splits.train, *options.validation_split, seed);
    splits.validation = splits.train.subset(split.validation);
    splits.train = with_left_out(splits.train.subset(split.train), splits.train);
  } else if (!options.validation_dir.empty()) {
    splits.validation = part_or_all(read_images({.folder = options.validation_dir}, read),
                                    GivenSplit::validation, options.validation_dir);
  }
  if (!options.test_dir.empty() || !options.test_file.empty()) {
    const ImageDataSource test{.folder = options.test_dir, .file = options.test_file};
    splits.test = part_or_all(read_images(test, read), GivenSplit::test, test.name());
  }
  return splits;
}

DatasetStatistics image_statistics(const ImageSplits& splits, const std::vector<ImageScan>& scans) {
  std::vector<ImageSplitView> views;
  for (const auto& [name, data] : splits.parts()) {
    ImageSplitView view{.name = name, .data = data};
    if (!scans.empty()) {
      view.sizes = scans[views.size()].sizes;
      view.hashes = scans[views.size()].hashes;
    }
    views.push_back(view);
  }
  return compute_statistics(views);
}

}  // namespace attune
