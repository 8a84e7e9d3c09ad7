#pragma once

#include <string>

namespace attune {

// For the fields of `MetricInfo`, so that lists of metrics read like a table.
inline constexpr bool kRises = true, kFalls = false;
inline constexpr bool kHeadline = true, kDetail = false;

/// A metric that an evaluation can give. Lists of these are in the order in which results are
/// shown.
struct MetricInfo {
  std::string name;  ///< as in `MetricValues`; may hold the name of a class
  /// Whether a larger value means a better model. Said by who computes it, never guessed from the
  /// name: error rates, perplexity and losses fall.
  bool greater_is_better;
  /// Shown where there is room for a few: in the table of epochs, as a curve of the report.
  bool headline = kDetail;
  std::string title = {};  ///< for people: "Word error rate"; empty: see `metric_title`
};

}  // namespace attune
