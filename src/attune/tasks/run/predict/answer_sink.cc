#include "attune/tasks/run/predict/answer_sink.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/strings.h"

namespace attune {
namespace {

/// What answers call their parts, in every task: JSONL lines of one file have one meaning a key.
constexpr std::array<std::string_view, 8> kAnswerKeys = {
    "file", "label", "score", "labels", "scores", "threshold", "truncated", "error"};

std::string cell_text(const Json& value, const std::string& list_separator) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  const bool is_list =
      value.is_array() &&
      std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_string(); });
  return is_list && !list_separator.empty()
             ? join(value.get<std::vector<std::string>>(), list_separator)
             : dump_json_line(value);
}

}  // namespace

AnswerColumn key_column(const std::string& key) {
  return {key, [key](const Json& answer) { return answer.value(key, Json()); }};
}

AnswerSink::AnswerSink(AnswerFormat format) : format_(std::move(format)) {
  const std::string ending = to_lower_ascii(fs::path(format_.file).extension().string());
  if (ending == ".csv") delimiter_ = ',';
  if (ending == ".tsv") delimiter_ = '\t';
  if (!format_.file.empty()) file_.emplace(format_.file);
  if (delimiter_ == '\0') return;
  std::vector<std::string> headers;
  for (const std::string& name : format_.kept) headers.push_back(kept_name(name));
  for (const AnswerColumn& column : format_.columns) headers.push_back(column.header);
  write_line(row_text(headers));
}

void AnswerSink::write(const Json& kept, const Json& answer) {
  if (delimiter_ == '\0') {
    Json line = Json::object();
    for (const auto& [name, value] : kept.items()) line[kept_name(name)] = value;
    line.update(answer);
    return write_line(dump_json_line(line));
  }
  std::vector<std::string> cells;
  for (const std::string& name : format_.kept) {
    cells.push_back(cell_text(kept.value(name, Json()), format_.list_separator));
  }
  for (const AnswerColumn& column : format_.columns) {
    cells.push_back(cell_text(column.value(answer), format_.list_separator));
  }
  write_line(row_text(cells));
}

/// Without this the file does not appear: one cut short must not pass for complete.
void AnswerSink::finish() {
  if (file_) file_->commit();
}

void AnswerSink::write_line(std::string_view line) {
  if (file_) {
    file_->write(line);
    file_->write(std::string_view("\n"));
  } else {
    fmt::print("{}\n", line);
  }
}

std::string AnswerSink::kept_name(const std::string& name) const {
  const bool is_taken =
      std::find(kAnswerKeys.begin(), kAnswerKeys.end(), name) != kAnswerKeys.end() ||
      std::any_of(format_.columns.begin(), format_.columns.end(),
                  [&](const AnswerColumn& column) { return column.header == name; });
  return is_taken ? "input_" + name : name;
}

/// RFC 4180; blanks at the ends are quoted too, since readers strip them.
std::string AnswerSink::row_text(const std::vector<std::string>& cells) const {
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) row += delimiter_;
    const std::string& cell = cells[i];
    const bool needs_quotes = cell.find_first_of("\"\r\n") != std::string::npos ||
                              cell.find(delimiter_) != std::string::npos ||
                              trim(cell).size() != cell.size();
    if (!needs_quotes) {
      row += cell;
      continue;
    }
    row += '"';
    for (const char c : cell) row += c == '"' ? std::string("\"\"") : std::string(1, c);
    row += '"';
  }
  return row;
}

}  // namespace attune
