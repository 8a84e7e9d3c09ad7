#include "attune/data/bad_rows.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"

namespace attune {

std::string BadRow::text() const {
  return line == 0 ? fmt::format("{}: {}", file, reason)
                   : fmt::format("{}:{}: {}", file, line, reason);
}

namespace {

std::string rows_text(std::int64_t rows, std::int64_t lines) {
  return lines == rows ? "" : fmt::format(" ({} lines)", with_thousands(lines));
}

}  // namespace

std::string count_bad_rows(std::span<const BadRow> rows) {
  std::int64_t lines = 0;
  for (const BadRow& row : rows) lines += row.lines;
  const auto count = static_cast<std::int64_t>(rows.size());
  return fmt::format("{} row{}{}", with_thousands(count), count == 1 ? "" : "s",
                     rows_text(count, lines));
}

std::string bad_rows_text(std::span<const BadRow> rows) {
  const std::size_t shown = std::min<std::size_t>(rows.size(), BadRowCollector::kShown);
  std::vector<std::string> lines;
  for (const BadRow& row : rows.first(shown)) lines.push_back("  " + row.text());
  if (rows.size() > shown) lines.push_back(fmt::format("  and {} more", rows.size() - shown));
  return join(lines, "\n");
}

void BadRowCollector::add(BadRow row) {
  ++count_;
  lines_ += row.lines;
  // A file in the wrong format has as many bad rows as rows: an error shows twenty, and keeps no
  // more.
  if (policy_ == OnBadRow::skip || count_ <= kShown) rows_.push_back(std::move(row));
}

void BadRowCollector::finish(const std::string& name, std::int64_t total,
                             const std::string& footer) const {
  if (count_ == 0 || policy_ == OnBadRow::skip) return;
  std::string text =
      fmt::format("{}: {} of {} rows{} cannot be used:", name, with_thousands(count_),
                  with_thousands(total), rows_text(count_, lines_));
  for (const BadRow& row : rows_) text += "\n  " + row.text();
  if (count_ > kShown) text += fmt::format("\n  and {} more", with_thousands(count_ - kShown));
  if (!footer.empty()) text += "\n" + footer;
  text += "\nCorrect them, or leave such rows out with --on-bad-row skip.";
  throw Error(ErrorKind::data, text);
}

ErrorBesideBadRows::ErrorBesideBadRows(const Error& error, std::vector<BadRow> rows)
    : Error(error.kind(), fmt::format("{}\n{} had been left out:\n{}", error.what(),
                                      count_bad_rows(rows), bad_rows_text(rows))),
      reason_(error.what()),
      rows_(std::move(rows)) {}

void write_bad_rows(const fs::path& path, std::span<const BadRow> rows) {
  AtomicFile file(path);
  for (const BadRow& row : rows) {
    Json record = {{"file", row.file}, {"line", row.line}, {"reason", row.reason}};
    if (row.lines > 1) record["lines"] = row.lines;
    file.write(dump_json_line(record) + "\n");
  }
  file.commit();
}

}  // namespace attune
