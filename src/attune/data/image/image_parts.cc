#include "attune/data/image/image_parts.h"

#include <functional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/data/image/arrays/cifar.h"
#include "attune/data/image/arrays/idx.h"
#include "attune/data/image/arrays/medmnist.h"
#include "attune/data/image/image_folder.h"
#include "attune/data/image/image_manifest.h"
#include "attune/data/image/pictures/picture_groups.h"

namespace attune {
namespace {

ImageDataset read_manifest(const ImageDataSource& source, const ReadImagesOptions& options) {
  const ManifestColumns& columns = options.columns;
  ImageManifestOptions manifest;
  manifest.reader = reader_options(columns.table, options.encoding);
  manifest.columns = {.image_column = columns.image_column,
                      .label_columns = columns.label_column,
                      .split_column = columns.division.split_column,
                      .group_column = columns.division.group_column,
                      .subgroup_columns = columns.subgroup_column};
  manifest.label_kind = options.label_kind;
  manifest.label_names = options.labels;
  manifest.label_numbers = options.label_numbers;
  manifest.label_separator = one_character(columns.label_separator, "--label-separator");
  manifest.keep_default_na = columns.table.keep_default_na;
  manifest.uncertain_labels = columns.uncertain_labels;
  manifest.blank_labels = columns.blank_labels;
  manifest.image_suffix = columns.image_suffix;
  manifest.root = source.root;
  manifest.on_bad_row = options.on_bad_row;
  return read_image_manifest(source.manifest, manifest);
}

}  // namespace

const std::string& ImageDataSource::name() const {
  return !folder.empty() ? folder : (!manifest.empty() ? manifest : file);
}

config::Trait source_trait(const ImageDataSource& source) {
  if (!source.manifest.empty()) {
    // Of pictures a .txt file is a table too.
    const config::Trait trait = source_trait(fs::path(source.manifest));
    return trait == kTextLines ? kDelimitedTable : trait;
  }
  const bool is_array_folder =
      source.file.empty() && (is_idx_folder(source.folder) || is_cifar_folder(source.folder));
  return source.file.empty() && !is_array_folder ? kClassFolder : kPictureArrays;
}

int ImageDataSource::count() const {
  return !folder.empty() + !manifest.empty() + !file.empty();
}

std::string ImageDataSource::path_root() const {
  if (!folder.empty() || manifest.empty()) return folder;
  return root.empty() ? fs::path(manifest).parent_path().string() : root;
}

void find_source_problems(const ImageDataSource& source, const char* folder_flag,
                          config::Problems& problems) {
  const int given = source.count();
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
    data = read_image_folder(source.folder, options.labels, options.label_numbers);
  }
  // Folders and arrays say themselves what their labels are; only a table can be read in several
  // ways.
  check(data.label_kind == options.label_kind, ErrorKind::user,
        "{}: its labels are {}; set --problem-type to what they are, or name others in a "
        "--manifest",
        source.name(),
        data.label_kind == LabelKind::multi_label ? "several for each picture"
                                                  : "one class for each picture");
  return data;
}

ImageParts load_image_parts(const ImageDataOptions& options, const ManifestColumns& columns,
                            LabelKind kind, std::uint64_t seed) {
  ReadImagesOptions read{.columns = columns,
                         .label_kind = kind,
                         .labels = options.labels,
                         .label_numbers = !options.labels.empty(),
                         .on_bad_row = options.on_bad_row,
                         .encoding = options.encoding};
  const ImageDataSource source{options.train_dir, options.manifest, options.data_file,
                               options.root};
  ImageParts parts{given_parts(read_images(source, read), source.name())};
  check(!parts.validation || (!options.split.validation_split && options.validation_dir.empty()),
        ErrorKind::user,
        "the data has a validation part already ({} pictures); leave out --validation-split and "
        "--validation-dir",
        parts.validation ? parts.validation->size() : 0);
  // What validation and test may hold follows from the training part: its names are the model's
  // labels.
  read.labels = parts.train.label_names;
  std::vector<GroupedPart> places = {{"train", &parts.train, source.path_root()}};
  if (!options.validation_dir.empty()) {
    parts.validation = part_or_all(read_images({.folder = options.validation_dir}, read),
                                   GivenSplit::validation, options.validation_dir);
  }
  if (parts.validation) {
    places.push_back({"validation", &*parts.validation,
                      options.validation_dir.empty() ? places[0].root : options.validation_dir});
  }
  const ImageDataSource test{.folder = options.test_dir, .file = options.test_file};
  const bool has_own_test = !options.test_dir.empty() || !options.test_file.empty();
  if (has_own_test) {
    tell_replaced_test(parts, source.name(), test.name());
    parts.test = part_or_all(read_images(test, read), GivenSplit::test, test.name());
  }
  if (parts.test) {
    places.push_back({"test", &*parts.test, has_own_test ? test.path_root() : places[0].root});
  }
  // Who trains on all there is divides nothing.
  if (places.size() > 1 || options.split.validation_split || options.split.folds) {
    group_pictures(places, options.grouping);
    warn_of_shared_groups(places);
  }
  if (options.split.validation_split) {
    parts.divide(
        hold_out(split_basis(parts.train), *options.split.validation_split, seed, source.name()));
  }
  return parts;
}

namespace {

/// Keys of the pixels, of what the scan has.
std::vector<std::uint64_t> keys_of(const ImageScan& scan) {
  std::vector<std::uint64_t> keys;
  keys.reserve(scan.sizes.size());
  for (const PictureLook& look : scan.looks) keys.push_back(look.pixels);
  for (const std::string& hash : scan.hashes) keys.push_back(std::hash<std::string>()(hash));
  return keys;
}

}  // namespace

DatasetStatistics image_statistics(const ImageParts& parts, const std::vector<ImageScan>& scans) {
  std::vector<ImageSplitView> views;
  for (const auto& [name, data] : parts.parts()) {
    ImageSplitView view{.name = name, .data = data};
    // Without a check of pictures (--check-images false) nothing is known of sizes and duplicates.
    if (!scans.empty()) {
      view.sizes = scans[views.size()].sizes;
      view.keys = keys_of(scans[views.size()]);
    }
    views.push_back(view);
  }
  return compute_statistics(views);
}

}  // namespace attune
