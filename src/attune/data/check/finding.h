#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/json.h"
#include "attune/data/bad_rows.h"
#include "attune/data/statistics.h"

namespace attune {

/// How much a finding matters: a `problem` would stop a run.
enum class Severity { problem, warning, note };

constexpr auto enum_names(Severity) {
  return std::to_array<std::pair<Severity, std::string_view>>(
      {{Severity::problem, "problem"}, {Severity::warning, "warning"}, {Severity::note, "note"}});
}

/// Examples that show a finding together: one, or the two of a pair; and what is to be said of
/// them.
struct FoundExamples {
  std::vector<ExampleId> examples;
  std::string detail;
};

/// Something about the data that their owner should know.
struct Finding {
  Severity severity = Severity::warning;
  std::string kind;    ///< its stable name: "duplicates_between_parts"
  std::string text;    ///< a sentence: "12 texts of test are also in train"
  std::string advice;  ///< what to do about it, or ""
  std::vector<FoundExamples> examples;
  std::vector<std::string> lines;  ///< of what is no example, such as rows that cannot be used
};

/// An example in words.
struct ShownExample {
  std::string part, source, label;  ///< "train", "train.csv:17", "pos"
  std::string text;                 ///< or "": pictures are shown by the report
};

/// What looking through a data set found out.
struct DataCheck {
  std::string unit;  ///< what examples are: "texts"
  DatasetStatistics statistics;
  std::vector<Finding> findings;
  /// Of any example that a finding names.
  std::function<ShownExample(ExampleId)> show;

  void add(Finding finding) { findings.push_back(std::move(finding)); }
  /// Whether a run on these data would stop.
  bool stops_a_run() const;
  std::int64_t count(Severity severity) const;
  /// The findings by severity, the first `shown` examples of each, and the verdict.
  std::string to_text(std::size_t shown) const;
  /// The statistics, and a line a finding without its examples: for a run, which has more to tell.
  std::string to_summary() const;
  /// Statistics and findings with all their examples (at most `kMaxExamples` of each finding).
  Json to_json() const;

  static constexpr std::size_t kMaxExamples = 10000;
};

/// Rows or pictures that cannot be used: a problem, or a warning where a run would leave them out.
void add_bad_rows(const std::vector<BadRow>& rows, OnBadRow policy, DataCheck& check);

}  // namespace attune
