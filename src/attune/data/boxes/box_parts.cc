#include "attune/data/boxes/box_parts.h"

#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"

namespace attune {
namespace {

/// The pictures alone, each with its place in `data` for an index.
ImageDataset pictures_alone(const BoxDataset& data) {
  ImageDataset pictures;
  pictures.label_kind = LabelKind::none;
  pictures.files = data.files;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const BoxExample& example = data.examples[static_cast<std::size_t>(i)];
    ImageExample picture;
    picture.path = example.path;
    picture.index = i;
    pictures.examples.push_back(std::move(picture));
  }
  return pictures;
}

/// One id for examples that are joined by a group or by their pixels, whichever way.
class JoinedExamples {
 public:
  explicit JoinedExamples(std::int64_t count) : above_(static_cast<std::size_t>(count)) {
    std::iota(above_.begin(), above_.end(), 0);
  }
  void join(std::int64_t a, std::int64_t b) { above_[at(root(a))] = root(b); }
  std::vector<std::int64_t> ids() {
    std::unordered_map<std::int64_t, std::int64_t> numbers;
    std::vector<std::int64_t> result;
    for (std::int64_t i = 0; i < std::ssize(above_); ++i) {
      result.push_back(numbers.try_emplace(root(i), std::ssize(numbers)).first->second);
    }
    return result;
  }
  /// Joins examples of the same key; how many have one that another had before.
  template <typename Key>
  std::int64_t join_same(const std::vector<Key>& keys) {
    std::unordered_map<Key, std::int64_t> first;
    std::int64_t again = 0;
    for (std::int64_t i = 0; i < std::ssize(keys); ++i) {
      if (keys[at(i)] == Key{}) continue;
      const auto [same, is_new] = first.try_emplace(keys[at(i)], i);
      if (is_new) continue;
      join(same->second, i);
      ++again;
    }
    return again;
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  std::int64_t root(std::int64_t i) {
    while (above_[at(i)] != i) i = above_[at(i)] = above_[at(above_[at(i)])];
    return i;
  }

  std::vector<std::int64_t> above_;
};

/// By class, groups and equal pictures whole.
SplitBasis basis_of(const BoxDataset& data, const std::optional<ImageScan>& scan,
                    const std::string& name) {
  SplitBasis basis{.label_kind = LabelKind::multi_label, .count = data.size()};
  std::vector<std::string> groups;
  std::vector<std::uint64_t> pixels;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    basis.label_sets.push_back(data.classes_in(i));
    groups.push_back(data.examples[static_cast<std::size_t>(i)].group);
  }
  if (scan) {
    for (const PictureLook& look : scan->looks) pixels.push_back(look.pixels);
  }
  JoinedExamples joined(data.size());
  const std::int64_t equal = joined.join_same(pixels);
  const std::int64_t grouped = joined.join_same(groups);
  if (equal > 0) {
    log_info("{}: {} pictures have the pixels of another; they are kept on one side", name,
             with_thousands(equal));
    basis.group_note = "pictures of the same pixels are not parted";
  }
  if (equal + grouped > 0) basis.groups = joined.ids();
  return basis;
}

}  // namespace

ReadBoxesOptions read_boxes_options(const BoxColumns& columns, const EncodingOption& encoding,
                                    OnBadRow on_bad_row) {
  ReadBoxesOptions options;
  options.table.reader = reader_options(columns.table, encoding);
  options.table.columns = {.image_column = columns.image_column,
                           .label_column = columns.label_column,
                           .box_columns = columns.box_columns,
                           .box_style = columns.box_style,
                           .split_column = columns.division.split_column,
                           .group_column = columns.division.group_column};
  options.table.keep_default_na = columns.table.keep_default_na;
  options.image_suffix = columns.image_suffix;
  options.unit = columns.box_unit;
  options.other_size = columns.other_size;
  options.on_bad_row = on_bad_row;
  return options;
}

std::vector<ImageScan> scan_boxes(std::span<const std::pair<std::string, BoxDataset*>> parts,
                                  const PictureOptions& pictures, OnBadRow on_bad_row,
                                  std::int64_t threads, ScannedPictures& known) {
  std::vector<ImageDataset> images;
  images.reserve(parts.size());
  std::vector<std::pair<std::string, ImageDataset*>> views;
  for (const auto& [name, data] : parts) {
    images.push_back(pictures_alone(*data));
    views.emplace_back(name, &images.back());
  }
  std::vector<ImageScan> scans = scan_images(views, pictures, on_bad_row, threads, known, true);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    BoxDataset& data = *parts[p].second;
    if (images[p].size() == data.size()) continue;
    std::vector<std::int64_t> usable;
    for (const ImageExample& picture : images[p].examples) usable.push_back(picture.index);
    BoxDataset rest = data.subset(usable);
    rest.take_left_out(data);
    rest.bad_rows.insert(rest.bad_rows.end(), images[p].bad_rows.begin(), images[p].bad_rows.end());
    data = std::move(rest);
  }
  return scans;
}

BoxParts load_box_parts(const BoxDataOptions& data, const BoxColumns& columns, std::uint64_t seed) {
  ReadBoxesOptions read = read_boxes_options(columns, data.encoding, data.on_bad_row);
  read.labels = data.labels;
  read.threads = data.loader_threads;
  BoxParts parts{given_parts(read_boxes(data.training_source(), read), data.data)};
  check(!parts.validation || (!data.split.validation_split && data.validation_data.empty()),
        ErrorKind::user,
        "{}: the data has a validation part already ({} pictures); leave out --validation-split "
        "and --validation-data",
        data.data, parts.validation ? parts.validation->size() : 0);
  check_trainable(parts.train, data.data);
  // What other parts may hold follows from the training part: its names are the model's classes.
  read.labels = parts.train.label_names;
  const auto read_other = [&](const std::string& path, GivenSplit split) {
    const BoxSource source{path, data.data_format, data.root, data.class_file};
    return part_or_all(read_boxes(source, read), split, path);
  };
  if (!data.validation_data.empty()) {
    parts.validation = read_other(data.validation_data, GivenSplit::validation);
  }
  if (!data.test_data.empty()) {
    tell_replaced_test(parts, data.data, data.test_data);
    parts.test = read_other(data.test_data, GivenSplit::test);
  }
  check_parts_apart(parts, data.data);
  if (!data.split.validation_split) return parts;
  std::optional<ImageScan> scan;
  if (data.check_images) {
    const std::pair<std::string, BoxDataset*> train{"train", &parts.train};
    scan = scan_boxes({&train, 1}, {.memory = data.decoding.budget()}, data.on_bad_row,
                      data.loader_threads, *parts.scanned)[0];
  }
  parts.divide(hold_out(basis_of(parts.train, scan, data.data), *data.split.validation_split, seed,
                        data.data));
  return parts;
}

}  // namespace attune
