#include "attune/data/boxes/formats/yolo_config.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/config/document.h"
#include "attune/data/boxes/reading/found_boxes.h"
#include "attune/data/folder_files.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/readers/lines.h"

namespace attune {
namespace {

using config::Document;

constexpr std::size_t kMostNames = 1'000'000;

std::optional<std::size_t> index_of(const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string name_of(const Json& value, const Document& document, const std::string& place) {
  check(value.is_string() && !is_blank_text(value.get<std::string>()), ErrorKind::data,
        "{}: a name of a class is empty or no text", document.where(place));
  return value.get<std::string>();
}

std::vector<std::string> names_of(const Document& document) {
  const Json& value = document.value;
  std::vector<std::string> names;
  if (!value.contains("names") || value["names"].is_null()) return names;
  const Json& given = value["names"];
  if (given.is_array()) {
    for (const Json& name : given) names.push_back(name_of(name, document, "names"));
  } else {
    check(given.is_object(), ErrorKind::data,
          "{}: names is no list of classes, and no classes by number", document.where("names"));
    for (const auto& [key, name] : given.items()) {
      const auto index = index_of(key);
      const std::string place = "names." + key;
      check(index && *index < kMostNames, ErrorKind::data,
            "{}: \"{}\" is no number of a class, which names has before each name",
            document.where(place), shorten_utf8(key, 40));
      if (names.size() <= *index) names.resize(*index + 1);
      names[*index] = name_of(name, document, place);
    }
    const auto gap = std::ranges::find(names, "");
    check(gap == names.end(), ErrorKind::data,
          "{}: class {} has no name, and {} has; number them from 0 without gaps",
          document.where("names"), gap - names.begin(), names.size() - 1);
  }
  if (value.contains("nc") && value["nc"].is_string()) {
    const std::string count = value["nc"].get<std::string>();
    check(index_of(count) == names.size(), ErrorKind::data,
          "{}: nc is {}, but there are {} names of classes", document.where("nc"),
          shorten_utf8(count, 40), names.size());
  }
  return names;
}

void add_parts(const Document& document, const std::string& key, GivenSplit split,
               YoloConfig& config) {
  if (!document.value.contains(key) || document.value[key].is_null()) return;
  const Json& value = document.value[key];
  const auto add = [&](const Json& one) {
    check(one.is_string(), ErrorKind::data,
          "{}: {} is neither a folder or list of pictures nor several of them", document.where(key),
          key);
    config.parts.emplace_back(split, one.get<std::string>());
  };
  if (!value.is_array()) return add(value);
  for (const Json& one : value) add(one);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

YoloConfig read_yaml(const fs::path& path) {
  const Document document = config::read_document(path);
  YoloConfig config{.source = path.string(), .base = folder_of(path)};
  config.names = names_of(document);
  const Json& value = document.value;
  if (value.contains("path") && value["path"].is_string()) {
    // Files that are moved with their data keep the path of another machine.
    const fs::path said = value["path"].get<std::string>();
    std::error_code ignored;
    for (const fs::path& base :
         {said.is_absolute() ? said : config.base / said, config.base / said.filename(),
          config.base.parent_path() / "datasets" / said.filename()}) {
      if (!fs::is_directory(base, ignored)) continue;
      config.base = base;
      break;
    }
  }
  config.has_keypoints = value.contains("kpt_shape") && !value["kpt_shape"].is_null();
  add_parts(document, "train", GivenSplit::train, config);
  add_parts(document, "val", GivenSplit::validation, config);
  add_parts(document, "valid", GivenSplit::validation, config);
  add_parts(document, "test", GivenSplit::test, config);
  check(!config.parts.empty(), ErrorKind::data,
        "{}: it names no pictures: train, val and test say where they are", config.source);
  return config;
}

/// Darknet's: train = data/train.txt, names = data/obj.names.
YoloConfig read_darknet(const fs::path& path) {
  YoloConfig config{.source = path.string(), .base = folder_of(path)};
  const auto rows = open_lines(open_file(path), "line");
  for (Row row; rows->next(row);) {
    check(row.problem.empty(), ErrorKind::data, "{}:{}: {}", config.source, row.line, row.problem);
    const std::string_view line = trim(row.cells[0]);
    const std::size_t sign = line.find('=');
    if (line.empty() || line.starts_with('#') || sign == line.npos) continue;
    const std::string key(trim(line.substr(0, sign)));
    const std::string value(trim(line.substr(sign + 1)));
    if (key == "names") {
      // "data/obj.names" is written for the folder above.
      std::error_code ignored;
      const fs::path names = config.base / value;
      config.names = read_class_names(
          fs::is_regular_file(names, ignored) ? names : config.base / fs::path(value).filename());
    }
    GivenSplit split = GivenSplit::none;
    if (parse_split(key, split) && split != GivenSplit::none) {
      config.parts.emplace_back(split, value);
    }
  }
  check(!config.parts.empty(), ErrorKind::data,
        "{}: it names no pictures: expected lines train = LIST.txt, valid = LIST.txt",
        config.source);
  return config;
}

}  // namespace

YoloConfig read_yolo_config(const fs::path& path) {
  return to_lower_ascii(path.extension().string()) == ".data" ? read_darknet(path)
                                                              : read_yaml(path);
}

std::vector<std::string> read_class_names(const fs::path& path) {
  std::vector<std::string> names;
  const auto rows = open_lines(open_file(path), "name");
  std::int64_t blank = 0;
  for (Row row; rows->next(row);) {
    check(row.problem.empty(), ErrorKind::data, "{}:{}: {}", path.string(), row.line, row.problem);
    const std::string_view name = trim(row.cells[0]);
    if (is_blank_text(name)) {
      if (blank == 0) blank = row.line;
      continue;
    }
    // A class's number is its line: one that is left out between would shift all behind it.
    check(blank == 0, ErrorKind::data, "{}:{}: a blank line between names of classes",
          path.string(), blank);
    check(names.size() < kMostNames, ErrorKind::data, "{}: more than {} names of classes",
          path.string(), with_thousands(kMostNames));
    names.emplace_back(name);
  }
  check(!names.empty(), ErrorKind::data, "{}: it has no name of a class", path.string());
  return names;
}

std::optional<fs::path> find_class_names(const fs::path& folder) {
  std::vector<fs::path> places = {folder};
  for (const fs::path& inner : folders_in(folder)) {
    const std::string name = to_lower_ascii(inner.filename().string());
    if (name == "labels" || name == "data" || split_of_name(name) != GivenSplit::none) {
      places.push_back(inner);
    }
  }
  for (const fs::path& place : places) {
    for (const char* const name : {"classes.txt", "obj.names", "_darknet.labels"}) {
      std::error_code ignored;
      if (fs::is_regular_file(place / name, ignored)) return place / name;
    }
  }
  return std::nullopt;
}

}  // namespace attune
