#include "attune/data/image/image_folder.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/config/field.h"
#include "attune/data/folder_files.h"
#include "attune/data/image/pictures/picture_files.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/labels/labels.h"
#include "attune/media/picture_format.h"

namespace attune {
namespace {

std::string class_of(const fs::path& folder) {
  std::string name = folder.filename().string();
  check(!find_invalid_utf8(name), ErrorKind::data,
        "{}: the folder's name is not valid UTF-8, but it names a class", folder.string());
  return name;
}

/// Adds the classes of one root. Names are fixed by the first that is added.
void add_root(const fs::path& root, GivenSplit split, LabelNames& names, ImageDataset& dataset) {
  const std::vector<fs::path> folders = folders_in(root);
  check(!folders.empty(), ErrorKind::data,
        "{}: the folder holds no class; expected a folder per class with pictures in it, e.g. "
        "{}/cat/1.jpg",
        root.string(), root.string());
  // The first root names the classes, by its folders unless the user did; others must know them.
  if (names.empty()) {
    for (const fs::path& folder : folders) names.find_or_add(class_of(folder));
    names.sort();
  }
  std::vector<std::string> empty;
  for (const fs::path& folder : folders) {
    const std::string name = class_of(folder);
    const auto id = names.find_class(name);
    check(id.has_value(), ErrorKind::data, "{}: unknown class \"{}\"{}\n{}", folder.string(), name,
          did_you_mean(name, names.names()), names.list_text());
    FoundPictures found = find_pictures(folder);
    if (found.pictures.empty()) {
      empty.push_back(found.left_out.empty()
                          ? name
                          : fmt::format("{} ({})", name, count_endings(found.left_out)));
    }
    std::ranges::move(found.left_out, std::back_inserter(dataset.skipped_files));
    for (std::string& path : found.pictures) {
      ImageExample example;
      example.path = std::move(path);
      example.label = *id;
      example.split = split;
      dataset.examples.push_back(std::move(example));
    }
  }
  check(empty.empty(), ErrorKind::data,
        "{}: {} of {} class folders hold no picture: {}; fill or remove them (pictures end in {})",
        root.string(), empty.size(), folders.size(), join(empty, ", "),
        fmt::join(picture_endings(), " "));
}

/// The splits that the folders of `root` name, where all of them do. Throws `data` where only some
/// do, and these are those of a divided data set.
std::vector<std::pair<GivenSplit, fs::path>> find_splits(const fs::path& root) {
  std::vector<std::pair<GivenSplit, fs::path>> splits;
  std::vector<std::string> others;
  for (const fs::path& folder : folders_in(root)) {
    GivenSplit split = GivenSplit::none;
    if (parse_split(folder.filename().string(), split)) {
      splits.emplace_back(split, folder);
    } else {
      others.push_back(folder.filename().string());
    }
  }
  std::sort(splits.begin(), splits.end());  // "train" comes first: it names the classes
  const bool is_divided = splits.size() >= 2 && splits.front().first == GivenSplit::train;
  if (is_divided && !others.empty()) {
    fail(ErrorKind::data,
         "{}: beside the parts {} and {} there are folders that are none: {}; move them out, or "
         "name the parts one by one (--train-dir {} ...)",
         root.string(), splits[0].second.filename().string(), splits[1].second.filename().string(),
         join(others, ", "), splits[0].second.string());
  }
  if (!others.empty()) return {};
  for (std::size_t i = 1; i < splits.size(); ++i) {
    check(splits[i - 1].first != splits[i].first, ErrorKind::data,
          "{}: {} and {} both are the {} split", root.string(),
          splits[i - 1].second.filename().string(), splits[i].second.filename().string(),
          config::enum_name(splits[i].first));
  }
  return splits;
}

}  // namespace

ImageDataset read_image_folder(const fs::path& root, const std::vector<std::string>& label_names,
                               bool label_numbers) {
  std::error_code ignored;
  check(fs::is_directory(root, ignored), ErrorKind::user, "{}", not_a_folder(root));
  ImageDataset dataset;
  LabelNames names(label_names);
  if (label_numbers) names.allow_numbers();
  const auto splits = find_splits(root);
  if (splits.empty()) {
    add_root(root, GivenSplit::none, names, dataset);
  } else {
    check(splits.front().first == GivenSplit::train || !label_names.empty(), ErrorKind::data,
          "{}: there is a {} folder but no train folder, which names the classes", root.string(),
          splits.front().second.filename().string());
    for (const auto& [split, folder] : splits) add_root(folder, split, names, dataset);
  }
  dataset.label_names = names.names();
  const std::string numbers = names.numbers_text();
  if (!numbers.empty()) log_info("{}: its classes are numbers: {}", root.string(), numbers);
  if (label_names.empty()) {
    warn_of_lookalikes(names.names(), root.string(), "class folders");
    check(names.size() >= 2, ErrorKind::data,
          "{}: all {} pictures are in one class folder, \"{}\", expected at least two classes",
          root.string(), with_thousands(dataset.size()), names.names().front());
  }
  if (!dataset.skipped_files.empty()) {
    log_info("{}: {} files are left out: they are no pictures by their names ({})", root.string(),
             with_thousands(static_cast<long long>(dataset.skipped_files.size())),
             count_endings(dataset.skipped_files));
  }
  return dataset;
}

}  // namespace attune
