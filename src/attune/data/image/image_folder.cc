#include "attune/data/image/image_folder.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/config/field.h"
#include "attune/media/medical/dicom/dicom.h"

namespace attune {
namespace {

constexpr int kMaxDepth = 32;

bool is_hidden(const fs::path& path) {
  return path.filename().native().starts_with('.');
}

/// The folders directly in `root`, by name.
std::vector<fs::path> folders_in(const fs::path& root) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!is_hidden(it->path()) && it->is_directory(ignored)) folders.push_back(it->path());
  }
  if (error) fail_io("list", root.string(), error.value());
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// Collects the files under a folder, links followed, each folder once.
class Walker {
 public:
  void walk(const fs::path& folder, int depth) {
    check(depth < kMaxDepth, ErrorKind::data, "{}: folders are nested deeper than {}",
          folder.string(), kMaxDepth);
    std::error_code error;
    // A link to a folder above would be walked for ever.
    if (!seen_.insert(fs::canonical(folder, error)).second) return;
    std::vector<fs::path> deeper;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      if (is_hidden(it->path())) continue;
      std::error_code ignored;
      if (it->is_directory(ignored)) {
        deeper.push_back(it->path());
      } else {
        files_.emplace_back(folder.string(), it->path().filename().string());
      }
    }
    if (error) fail_io("list", folder.string(), error.value());
    for (const fs::path& inner : deeper) walk(inner, depth + 1);
  }

  /// (folder, name) in torchvision's order: sorted(os.walk(...)), then the names of each.
  std::vector<std::pair<std::string, std::string>> take() {
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  std::set<fs::path> seen_;
  std::vector<std::pair<std::string, std::string>> files_;
};

bool begins_as_dicom(const fs::path& file) {
  // The preamble of 128 bytes, "DICM", and a byte of what follows.
  std::array<char, 133> bytes = {};
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), bytes.size());
  return looks_like_dicom(
      std::as_bytes(std::span(bytes.data(), static_cast<std::size_t>(stream.gcount()))));
}

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
  const bool names_given = !names.empty();
  std::vector<std::string> empty;
  for (const fs::path& folder : folders) {
    const std::string name = class_of(folder);
    const auto id = names_given ? names.find(name) : std::optional(names.find_or_add(name));
    check(id.has_value(), ErrorKind::data, "{}: unknown class \"{}\"{}\n{}", folder.string(), name,
          did_you_mean(name, names.names()), names.list_text());
    Walker walker;
    walker.walk(folder, 0);
    const std::size_t before = dataset.examples.size();
    for (const auto& [place, file] : walker.take()) {
      std::string path = place + "/" + file;
      if (!is_dataset_picture(path)) {
        dataset.skipped_files.push_back(std::move(path));
        continue;
      }
      ImageExample example;
      example.path = std::move(path);
      example.label = *id;
      example.split = split;
      dataset.examples.push_back(std::move(example));
    }
    if (dataset.examples.size() == before) empty.push_back(name);
  }
  check(empty.empty(), ErrorKind::data,
        "{}: {} of {} class folders hold no picture: {}; fill or remove them (pictures end in {})",
        root.string(), empty.size(), folders.size(), join(empty, ", "),
        fmt::join(dataset_extensions(), " "));
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

std::span<const std::string_view> dataset_extensions() {
  static constexpr std::array<std::string_view, 13> kExtensions = {
      ".jpg",  ".jpeg", ".png", ".ppm",   ".bmp", ".pgm",   ".tif",
      ".tiff", ".webp", ".dcm", ".dicom", ".nii", ".nii.gz"};
  return kExtensions;
}

bool is_dataset_picture(const fs::path& file) {
  const std::string name = to_lower_ascii(file.filename().string());
  const auto extensions = dataset_extensions();
  const auto is_end = [&](std::string_view extension) { return name.ends_with(extension); };
  if (std::any_of(extensions.begin(), extensions.end(), is_end)) return true;
  const std::size_t dot = name.rfind('.');
  const bool may_be_dicom = dot == name.npos
                                ? name != "dicomdir"
                                : name.find_first_not_of("0123456789", dot + 1) == name.npos;
  return may_be_dicom && begins_as_dicom(file);
}

ImageDataset read_image_folder(const fs::path& root, const std::vector<std::string>& label_names) {
  std::error_code ignored;
  check(fs::is_directory(root, ignored), ErrorKind::user, "{}: there is no such folder",
        root.string());
  ImageDataset dataset;
  LabelNames names(label_names);
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
  if (label_names.empty()) {
    check(names.size() >= 2, ErrorKind::data,
          "{}: all {} pictures are in one class folder, \"{}\", expected at least two classes",
          root.string(), with_thousands(dataset.size()), names.names().front());
  }
  if (!dataset.skipped_files.empty()) {
    log_info("{}: {} files are left out: they are no pictures by their names, e.g. {}",
             root.string(), with_thousands(static_cast<long long>(dataset.skipped_files.size())),
             dataset.skipped_files.front());
  }
  return dataset;
}

}  // namespace attune
