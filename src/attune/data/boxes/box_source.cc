#include "attune/data/boxes/box_source.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/data/boxes/formats/coco_files.h"
#include "attune/data/boxes/formats/labelme.h"
#include "attune/data/boxes/formats/voc.h"
#include "attune/data/boxes/formats/yolo.h"
#include "attune/data/folder_files.h"
#include "attune/media/image/decode.h"

namespace attune {
namespace {

constexpr const char* kUnderstood =
    "understood are COCO's JSON, Pascal VOC's XML, YOLO's text files with a data.yaml, a .data "
    "file or classes.txt, LabelMe's JSON, Open Images' CSV, and tables with a row per box";

std::string ending_of(const fs::path& file) {
  const std::string ending = to_lower_ascii(file.extension().string());
  return ending == ".gz" ? to_lower_ascii(file.stem().extension().string()) : ending;
}

BoxFormat format_of_json(const fs::path& file) {
  if (ending_of(file) != to_lower_ascii(file.extension().string())) return BoxFormat::coco;
  switch (json_labels(file)) {
    case JsonLabels::coco:
      return BoxFormat::coco;
    case JsonLabels::labelme:
      return BoxFormat::labelme;
    case JsonLabels::other:
      break;
  }
  fail(ErrorKind::user,
       "{}: it has none of the keys that COCO's (images, annotations, categories) or LabelMe's "
       "(shapes) files begin with; {}; --data-format says which it is",
       file.string(), kUnderstood);
}

BoxFormat format_of_file(const fs::path& file) {
  const std::string ending = ending_of(file);
  if (ending == ".json") return format_of_json(file);
  if (ending == ".xml") return BoxFormat::voc;
  if (ending == ".yaml" || ending == ".yml" || ending == ".data") return BoxFormat::yolo;
  if (ending == ".csv" || ending == ".tsv") {
    return is_open_images_table(file) ? BoxFormat::open_images : BoxFormat::csv;
  }
  if (ending == ".jsonl" || ending == ".ndjson") return BoxFormat::csv;
  fail(ErrorKind::user, "{}: a \"{}\" file is none of labels that is known; {}{}", file.string(),
       ending, kUnderstood,
       ending == ".zip" || ending == ".tar" || ending == ".rar" ? "; unpack it first" : "");
}

bool begins_as_voc(const fs::path& file) {
  std::string head(4096, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  return head.find("<annotation") != head.npos;
}

bool is_data_yaml(const fs::path& file) {
  const std::string ending = ending_of(file);
  if (ending == ".data") return true;
  if (ending != ".yaml" && ending != ".yml") return false;
  std::string head(std::size_t{1} << 16, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  const auto has_line = [&](const std::string& begin) {
    return head.starts_with(begin) || head.find("\n" + begin) != head.npos;
  };
  return has_line("train:") || has_line("val:");
}

std::vector<fs::path> files_in_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const std::string name = it->path().filename().string();
    if (it->is_regular_file(ignored) && !name.starts_with('.')) files.push_back(it->path());
  }
  if (error) fail_io("list", folder.string(), error.value());
  std::ranges::sort(files);
  return files;
}

/// So many files of an ending are looked at for one of labels: a data set may have a million.
constexpr int kLooked = 20;

std::optional<fs::path> first_voc(const std::vector<std::string>& files) {
  int looked = 0;
  for (const std::string& file : files) {
    if (ending_of(file) != ".xml" || looked == kLooked) continue;
    ++looked;
    if (begins_as_voc(file)) return file;
  }
  return std::nullopt;
}

std::optional<fs::path> first_labelme(const std::vector<std::string>& files) {
  int looked = 0;
  for (const std::string& file : files) {
    if (ending_of(file) != ".json" || looked == kLooked) continue;
    ++looked;
    if (json_labels(file) == JsonLabels::labelme) return file;
  }
  return std::nullopt;
}

/// Text files in a folder labels/, or of the same name as a picture beside them.
std::optional<fs::path> first_yolo(const std::vector<std::string>& files) {
  std::unordered_set<std::string> pictures;
  for (const std::string& file : files) {
    if (has_image_extension(file)) {
      pictures.insert(fs::path(file).replace_extension().string());
    }
  }
  for (const std::string& name : files) {
    const fs::path file = name;
    if (ending_of(file) != ".txt") continue;
    const fs::path folder = file.parent_path();
    const bool is_among_labels = std::ranges::find(folder, fs::path("labels")) != folder.end();
    if (is_among_labels || pictures.contains(fs::path(file).replace_extension().string())) {
      return file;
    }
  }
  return std::nullopt;
}

/// What a folder holds, each format with a file that shows it.
std::map<BoxFormat, fs::path> formats_in(const fs::path& folder) {
  std::map<BoxFormat, fs::path> found;
  std::vector<fs::path> tables, configs;
  for (const fs::path& file : files_in_folder(folder)) {
    const std::string ending = ending_of(file);
    if (is_data_yaml(file)) configs.push_back(file);
    if (ending == ".csv" || ending == ".tsv") tables.push_back(file);
  }
  if (!configs.empty()) found.emplace(BoxFormat::yolo, configs.front());
  if (const auto coco = coco_files(folder); !coco.empty()) {
    found.emplace(BoxFormat::coco, coco.front());
  }
  const std::vector<std::string> files = files_below(folder);
  if (const auto file = first_voc(files)) found.emplace(BoxFormat::voc, *file);
  if (const auto file = first_labelme(files)) found.emplace(BoxFormat::labelme, *file);
  if (const auto file = first_yolo(files)) found.try_emplace(BoxFormat::yolo, *file);
  for (const fs::path& table : tables) {
    const bool is_open = is_open_images_table(table);
    found.try_emplace(is_open ? BoxFormat::open_images : BoxFormat::csv, table);
  }
  return found;
}

BoxFormat format_of_folder(const fs::path& folder) {
  const std::map<BoxFormat, fs::path> found = formats_in(folder);
  if (found.empty()) {
    const std::vector<std::string> files = files_below(folder);
    fail(ErrorKind::user, "{}: no labels of boxes are found in it ({}); {}", folder.string(),
         files.empty() ? "it is empty" : "it holds " + count_endings(files), kUnderstood);
  }
  if (found.size() > 1) {
    std::vector<std::string> texts;
    for (const auto& [format, file] : found) {
      texts.push_back(fmt::format("--data-format {} ({})", config::enum_name(format),
                                  file.lexically_relative(folder).string()));
    }
    fail(ErrorKind::user,
         "{}: it holds labels of several formats; say which are meant, or give the file: {}",
         folder.string(), join(texts, ", "));
  }
  const auto& [format, file] = *found.begin();
  check(format != BoxFormat::csv && format != BoxFormat::open_images, ErrorKind::user,
        "{}: it holds tables, as {}; give the table itself as --data, and --root where its "
        "pictures are elsewhere",
        folder.string(), file.filename().string());
  return format;
}

/// A folder with a configuration of YOLO's is read by that.
fs::path yolo_path(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return path;
  std::vector<fs::path> configs;
  for (const fs::path& file : files_in_folder(path)) {
    if (is_data_yaml(file)) configs.push_back(file);
  }
  if (configs.empty()) return path;
  check(configs.size() == 1, ErrorKind::user, "{}: it has {} and {}; give one of them as --data",
        path.string(), configs.front().filename().string(), configs.back().filename().string());
  return configs.front();
}

FoundBoxes find_boxes(const BoxSource& source, BoxFormat format, const ReadBoxesOptions& options) {
  const fs::path path = source.path;
  BoxTableOptions table = options.table;
  table.files = {.root = source.root,
                 .image_suffix = options.image_suffix,
                 .class_file = source.class_file,
                 .labels = options.labels};
  switch (format) {
    case BoxFormat::coco:
      return read_coco(path, table.files);
    case BoxFormat::voc:
      return read_voc(path, table.files);
    case BoxFormat::yolo:
      return read_yolo(yolo_path(path), table.files);
    case BoxFormat::labelme:
      return read_labelme(path, table.files);
    case BoxFormat::open_images:
      return read_open_images(path, table);
    case BoxFormat::csv:
    case BoxFormat::automatic:
      break;
  }
  return read_box_table(path, table);
}

}  // namespace

BoxFormat detect_box_format(const fs::path& path) {
  std::error_code ignored;
  check(fs::exists(path, ignored), ErrorKind::user, "{}: there is no such file or folder",
        path.string());
  return fs::is_directory(path, ignored) ? format_of_folder(path) : format_of_file(path);
}

BoxDataset read_boxes(const BoxSource& source, const ReadBoxesOptions& options) {
  BoxFormat format = source.format;
  if (format == BoxFormat::automatic) {
    format = detect_box_format(source.path);
  } else {
    std::error_code ignored;
    check(fs::exists(source.path, ignored), ErrorKind::user, "{}: there is no such file or folder",
          source.path);
  }
  std::error_code ignored;
  check(source.root.empty() || fs::is_directory(source.root, ignored), ErrorKind::user,
        "--root: {} is no folder", source.root);
  FoundBoxes found = find_boxes(source, format, options);
  const std::int64_t pictures = std::ssize(found.pictures);
  check(pictures > 0 || !found.bad_rows.empty(), ErrorKind::data, "{}: it names no picture",
        source.path);
  BoxDataset data = settle_boxes(std::move(found), source.path,
                                 {.labels = options.labels,
                                  .unit = options.unit,
                                  .other_size = options.other_size,
                                  .on_bad_row = options.on_bad_row,
                                  .threads = options.threads});
  log_info("{}: labels as {} has them, {} pictures, {} boxes of {} classes", source.path,
           format == BoxFormat::csv ? "a table" : config::enum_name(format),
           with_thousands(data.size()), with_thousands(data.box_count()),
           with_thousands(std::ssize(data.label_names)));
  return data;
}

}  // namespace attune
