#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/split/given_split.h"

namespace attune {

/// What a data.yaml or a .data file says.
struct YoloConfig {
  std::string source;  ///< the file, for messages
  fs::path base;       ///< that its paths begin at
  std::vector<std::string> names;
  std::vector<std::pair<GivenSplit, std::string>> parts;  ///< folders and lists, as written
  bool has_keypoints = false;
};

/// Reads ultralytics' YAML (names as a list or by number, `nc`, `path`, `kpt_shape`) or darknet's
/// `name = value` lines (`names` is a file there). Throws `data`, with the line, for names that
/// have gaps or are not `nc`, and for parts that are neither texts nor lists of them.
YoloConfig read_yolo_config(const fs::path& path);

/// Names of classes, one a line. Throws `data` where there is none, or one twice.
std::vector<std::string> read_class_names(const fs::path& path);

/// The file of names that lies in a folder, or in one that is named as a part: classes.txt,
/// obj.names, _darknet.labels.
std::optional<fs::path> find_class_names(const fs::path& folder);

}  // namespace attune
