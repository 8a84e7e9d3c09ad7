#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/files.h"

namespace attune {

/// What to do with a row that cannot be used: stop with all of them in one error, or leave it out.
enum class OnBadRow { error, skip };

constexpr auto enum_names(OnBadRow) {
  return std::to_array<std::pair<OnBadRow, std::string_view>>(
      {{OnBadRow::error, "error"}, {OnBadRow::skip, "skip"}});
}

/// A row that cannot be used.
struct BadRow {
  std::string file;
  std::int64_t line = 0;  ///< 0: the file as a whole
  std::string reason;
  std::int64_t lines = 1;  ///< that it spans

  std::string text() const;  ///< "train.csv:17: the text is empty"
};

/// "3 rows" or "3 rows (12 lines)", where some span several: a quoted cell may hold many.
std::string count_bad_rows(std::span<const BadRow> rows);

/// A row a line, the first twenty and how many more there are.
std::string bad_rows_text(std::span<const BadRow> rows);

/// Collects bad rows. With `error` it keeps the first `kShown` and the count; with `skip` all.
class BadRowCollector {
 public:
  static constexpr std::int64_t kShown = 20;

  explicit BadRowCollector(OnBadRow policy) : policy_(policy) {}
  void add(BadRow row);
  std::int64_t count() const { return count_; }
  const std::vector<BadRow>& rows() const { return rows_; }
  /// Throws `data` with the rows where there are any and the policy is `error`. `name` is the file
  /// or folder, `total` counts all its rows, `footer` comes last.
  void finish(const std::string& name, std::int64_t total, const std::string& footer) const;

 private:
  OnBadRow policy_;
  std::int64_t count_ = 0, lines_ = 0;
  std::vector<BadRow> rows_;
};

/// An error of data of which rows had been left out, the cause most often.
class ErrorBesideBadRows : public Error {
 public:
  ErrorBesideBadRows(const Error& error, std::vector<BadRow> rows);
  const std::string& reason() const { return reason_; }  ///< without the rows
  const std::vector<BadRow>& rows() const { return rows_; }

 private:
  std::string reason_;
  std::vector<BadRow> rows_;
};

/// Writes {"file", "line", "reason"} a line (JSONL); complete or not at all. Throws `io`.
void write_bad_rows(const fs::path& path, std::span<const BadRow> rows);

}  // namespace attune
