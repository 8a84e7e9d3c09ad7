#pragma once

#include <map>
#include <string>

#include "attune/base/files.h"
#include "attune/base/json.h"

namespace attune::config {

/// A settings file as JSON, whatever it was written in, with the line of each entry.
struct Document {
  Json value;
  std::string source;                ///< path, for messages
  std::map<std::string, int> lines;  ///< "train.learning_rate" -> 12; empty for JSON

  /// "run.yaml:12" or "run.yaml".
  std::string where(const std::string& path) const;
};

/// Reads .yaml, .yml or .json (at most 1 MiB). Throws `data` with file and line where it is not
/// well formed, `user` for another extension.
Document read_document(const fs::path& path);

Document parse_yaml(const std::string& text, const std::string& source);

/// Writes settings as YAML, one entry a line, sections as in `value`.
std::string dump_yaml(const Json& value);

}  // namespace attune::config
