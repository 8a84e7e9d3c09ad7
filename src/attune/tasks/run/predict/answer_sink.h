#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"

namespace attune {

/// A column of answers in a CSV file.
struct AnswerColumn {
  std::string header;
  /// What stands in it: a text, a number, a list of texts; null for nothing.
  std::function<Json(const Json& answer)> value;
};

/// The column of an answer's key.
AnswerColumn key_column(const std::string& key);

/// Where answers go, and how they are written.
struct AnswerFormat {
  std::string file;  ///< "" for standard output; .csv and .tsv are tables, others JSONL
  std::vector<std::string> kept;      ///< columns that come before the answer's
  std::vector<AnswerColumn> columns;  ///< of a table: what an answer has
  std::string list_separator = ",";   ///< between the texts of a list in a cell; "": as JSON
};

/// Writes answers line by line: a file appears when it is complete.
class AnswerSink {
 public:
  /// A table begins with its header. Throws `io`, and `user` for a compressed file.
  explicit AnswerSink(AnswerFormat format);
  /// `kept` has the columns that were asked for.
  void write(const Json& kept, const Json& answer);
  void finish();

 private:
  void write_line(std::string_view line);
  std::string kept_name(const std::string& name) const;
  std::string row_text(const std::vector<std::string>& cells) const;

  AnswerFormat format_;
  char delimiter_ = '\0';  ///< of a table; '\0': JSONL
  std::optional<AtomicFile> file_;
};

}  // namespace attune
