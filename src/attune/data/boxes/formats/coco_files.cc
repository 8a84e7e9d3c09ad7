#include "attune/data/boxes/formats/coco_files.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/formats/coco.h"
#include "attune/data/boxes/reading/picture_root.h"
#include "attune/data/folder_files.h"
#include "attune/data/image/pictures/picture_finder.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/readers/gzip_source.h"

namespace attune {
namespace {

constexpr std::size_t kHeadBytes = std::size_t{1} << 16;
constexpr std::size_t kMostFiles = 100;  // of a folder

/// The keys of the outermost object, as far as `text` shows them.
std::vector<std::string> first_keys(std::string_view text) {
  std::vector<std::string> keys;
  int depth = 0;
  std::size_t begin = 0;
  bool in_string = false;
  std::string last;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') {
        in_string = false;
        last = text.substr(begin, i - begin);
      }
      continue;
    }
    if (c == '"') {
      in_string = true;
      begin = i + 1;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ':' && depth == 1) keys.push_back(last);
  }
  return keys;
}

bool is_json(const fs::path& file) {
  return to_lower_ascii(file.extension().string()) == ".json";
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && is_json(it->path())) files.push_back(it->path());
  }
  std::ranges::sort(files);
  // A folder of LabelMe's has a file for each picture: not all of a million are looked at.
  files.resize(std::min(files.size(), kMostFiles));
  std::vector<std::string> coco;
  for (const fs::path& file : files) {
    if (json_labels(file) == JsonLabels::coco) coco.push_back(file.string());
  }
  return coco;
}

GivenSplit split_of_file(const fs::path& file) {
  const GivenSplit split = split_of_name(file.stem().string());
  return split != GivenSplit::none ? split : split_of_name(file.parent_path().filename().string());
}

/// Finds the pictures that a file names.
class CocoPictures {
 public:
  CocoPictures(fs::path root, const LabelFileOptions& options)
      : finder_(picture_finder(std::move(root), options.image_suffix)) {}

  std::string find(const std::string& name) {
    const std::size_t slash = name.find_last_of("/\\");
    const bool is_elsewhere =
        name.starts_with('/') || name.starts_with("..") || (name.size() > 1 && name[1] == ':');
    if (slash == name.npos || !is_elsewhere) return finder_.find(name);
    try {
      return finder_.find(name);
    } catch (const RowProblem&) {
      std::string found = finder_.find(name.substr(slash + 1));
      if (!std::exchange(is_told_, true)) {
        log_info("paths of another machine, as {}, are taken by their last name",
                 shorten_utf8(name, 100));
      }
      return found;
    }
  }

 private:
  FileFinder finder_;
  bool is_told_ = false;
};

FoundBoxes read_file_of_coco(const fs::path& file, GivenSplit split,
                             const LabelFileOptions& options) {
  auto source = open_file(file);
  if (to_lower_ascii(file.extension().string()) == ".gz")
    source = inflate_source(std::move(source));
  CocoLabels labels = parse_coco(std::move(source));
  CocoPictures pictures(options.root.empty() ? picture_root(file, labels.file_names) : options.root,
                        options);
  std::unordered_map<std::string, std::string> ids;  // by path
  std::vector<FoundPicture> usable;
  for (std::size_t i = 0; i < labels.file_names.size(); ++i) {
    FoundPicture& picture = labels.found.pictures[i];
    const auto bad = [&](const std::string& problem) {
      labels.found.bad_rows.push_back(
          {file.string(), 0,
           fmt::format("image {}: {}", shorten_utf8(picture.example.id, 60), problem)});
    };
    try {
      picture.example.path = pictures.find(labels.file_names[i]);
      picture.example.split = split;
      const auto [first, is_new] = ids.try_emplace(picture.example.path, picture.example.id);
      if (is_new) {
        usable.push_back(std::move(picture));
      } else {
        bad(fmt::format("its file {} is that of image {} too", first->first, first->second));
      }
    } catch (const RowProblem& problem) {
      bad(problem.reason);
    }
  }
  labels.found.pictures = std::move(usable);
  return std::move(labels.found);
}

}  // namespace

JsonLabels json_labels(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return JsonLabels::other;
  std::string head(kHeadBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  const std::vector<std::string> keys = first_keys(head);
  const auto has = [&](const char* key) { return std::ranges::find(keys, key) != keys.end(); };
  if (has("shapes") || has("imagePath")) return JsonLabels::labelme;
  for (const char* const key : {"images", "annotations", "categories"}) {
    if (has(key)) return JsonLabels::coco;
  }
  // COCO's own begin with these, of whatever length.
  return has("info") && has("licenses") ? JsonLabels::coco : JsonLabels::other;
}

std::vector<std::string> coco_files(const fs::path& folder) {
  std::vector<std::string> files = files_in(folder);
  std::error_code ignored;
  for (const fs::path& inner : folders_in(folder)) {
    const std::string name = to_lower_ascii(inner.filename().string());
    if (name != "annotations" && split_of_name(name) == GivenSplit::none) continue;
    std::ranges::move(files_in(inner), std::back_inserter(files));
  }
  // Beside them lie captions and key points of the same pictures.
  std::vector<std::string> instances;
  for (const std::string& file : files) {
    if (fs::path(file).filename().string().starts_with("instances")) instances.push_back(file);
  }
  return instances.empty() ? files : instances;
}

FoundBoxes read_coco(const fs::path& path, const LabelFileOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    return read_file_of_coco(path, GivenSplit::none, options);
  }
  const std::vector<std::string> files = coco_files(path);
  check(!files.empty(), ErrorKind::user,
        "{}: there is no JSON file of COCO's in it, in annotations/ or in folders train, val, test",
        path.string());
  if (files.size() == 1) return read_file_of_coco(files[0], GivenSplit::none, options);
  std::map<GivenSplit, std::string> parts;
  for (const std::string& file : files) {
    const auto [first, is_new] = parts.try_emplace(split_of_file(file), file);
    check(is_new && first->first != GivenSplit::none, ErrorKind::user,
          "{}: it has {} files of labels, and which is for what their names do not say ({}); give "
          "them one by one (--data, --validation-data, --test-data)",
          path.string(), files.size(),
          is_new ? file : fmt::format("{} and {}", first->second, file));
  }
  FoundBoxes found;
  for (const auto& [split, file] : parts) found.add(read_file_of_coco(file, split, options));
  return found;
}

}  // namespace attune
