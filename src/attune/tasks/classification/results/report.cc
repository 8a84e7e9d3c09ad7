#include "attune/tasks/classification/results/report.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/eval/report/sections/results/class_results_section.h"
#include "attune/eval/report/sections/results/regression_section.h"
#include "attune/tasks/classification/results/headline.h"

namespace attune {
namespace {

/// Of two classes the second.
template <typename Metrics>
std::vector<DecisionResults> curves_of(const Metrics& metrics) {
  std::vector<DecisionResults> curves;
  if (!metrics.has_scores()) return curves;
  const auto labels = static_cast<std::int64_t>(metrics.label_names().size());
  constexpr bool kOneEach = std::is_same_v<Metrics, ClassificationMetrics>;
  for (std::int64_t c = kOneEach && labels == 2 ? 1 : 0; c < labels; ++c) {
    const ScoredColumn column = metrics.column(c);
    const std::vector<std::uint8_t> called = metrics.called(c);
    // No resamples: intervals are for tasks that decide.
    curves.push_back(decision_results(metrics.label_names()[static_cast<std::size_t>(c)],
                                      column.samples, {.called = called, .resamples = 0}));
  }
  return curves;
}

std::string names_of(const std::vector<std::string>& labels, std::span<const std::int64_t> ids) {
  std::vector<std::string> names;
  for (const std::int64_t id : ids) names.push_back(labels[static_cast<std::size_t>(id)]);
  return names.empty() ? "none" : join(names, ", ");
}

/// Names of the labels whose value is at least 0.5; "none" where there is none.
std::string names_above_half(const std::vector<std::string>& labels, const float* values) {
  std::vector<std::int64_t> ids;
  for (std::size_t c = 0; c < labels.size(); ++c) {
    if (values[c] >= 0.5F) ids.push_back(static_cast<std::int64_t>(c));
  }
  return names_of(labels, ids);
}

void add_duplicates(const DatasetStatistics& statistics, const std::string& unit,
                    DataSummary& summary) {
  for (const DuplicateStatistics& duplicate : statistics.duplicates) {
    const bool within = duplicate.first == duplicate.second;
    const std::string where =
        within ? "within " + duplicate.first
               : fmt::format("{} {} that are in {}", duplicate.second, unit, duplicate.first);
    summary.facts.push_back({"duplicates " + where, with_thousands(duplicate.count)});
    if (duplicate.conflicting > 0) {
      summary.warnings.push_back(
          fmt::format("{} duplicates {} have another label.", duplicate.conflicting, where));
    }
    // Within a part they only weigh more; between parts the model has seen the answer.
    if (!within) {
      summary.warnings.push_back(
          fmt::format("{} of the {} are also in {}: its results flatter the model.",
                      duplicate.count, duplicate.second, duplicate.first));
    }
  }
}

}  // namespace

void add_results(const ClassificationEvaluation& evaluation, const std::string& data_name,
                 const DecidedResults& decided, Report& report) {
  std::vector<ReportNumber> numbers = headline_numbers(evaluation, decided.decisions.results);
  report.headline.insert(report.headline.begin(), numbers.begin(), numbers.end());
  const EvaluatedMetrics metrics{evaluation.values, data_name, evaluation.samples,
                                 evaluation.infos};
  std::vector<DecisionResults> curves;
  const auto add_classes = [&](const auto& labels) {
    ClassResults classes = class_results(labels);
    classes.decided_by = decided.decided_by;
    report.add(class_results_section(metrics, classes));
    curves = curves_of(labels);
  };
  if (const auto* single = std::get_if<ClassificationMetrics>(&evaluation.metrics)) {
    add_classes(*single);
  } else if (const auto* multi = std::get_if<MultilabelMetrics>(&evaluation.metrics)) {
    add_classes(*multi);
  } else {
    const auto& regression = std::get<RegressionMetrics>(evaluation.metrics);
    report.add(regression_section(metrics, regression.predictions(), regression.targets()));
  }
  report.add(decided.decisions.results.empty() ? curves_section(curves)
                                               : decisions_section(decided.decisions));
}

DataSummary summarize_data(const DatasetStatistics& statistics,
                           const std::vector<std::string>& sources, const std::string& unit) {
  DataSummary summary;
  ClassBalance balance{.class_names = statistics.label_names};
  for (std::size_t i = 0; i < statistics.splits.size(); ++i) {
    const SplitStatistics& split = statistics.splits[i];
    summary.splits.push_back({split.name, sources[i], split.examples});
    if (!split.class_counts.empty()) {
      balance.split_names.push_back(split.name);
      balance.counts.push_back(split.class_counts);
    }
    if (split.bad_rows > 0) {
      summary.facts.push_back({split.name + ": rows left out", with_thousands(split.bad_rows)});
    }
  }
  if (!balance.split_names.empty()) summary.class_balance = std::move(balance);
  add_duplicates(statistics, unit, summary);
  return summary;
}

ReportMistake describe_labels(const Mistake& mistake, ProblemType problem,
                              const std::vector<std::string>& labels, const Targets& targets) {
  const std::vector<float>& scores = mistake.probabilities;
  ReportMistake result;
  if (problem == ProblemType::regression) {
    result.truth = fmt::format("{:.4g}", targets.const_data_ptr<float>()[mistake.example]);
    result.prediction = fmt::format("{:.4g}", scores[0]);
    return result;
  }
  if (problem == ProblemType::multi_label_classification) {
    const float* row = targets.const_data_ptr<float>() + mistake.example * targets.size(1);
    // NaN is above nothing: labels that are not known are counted beside.
    result.truth = names_above_half(labels, row);
    const auto unknown =
        std::count_if(row, row + labels.size(), [](float v) { return std::isnan(v); });
    if (unknown > 0) result.truth += fmt::format(" ({} unknown)", unknown);
    result.prediction = mistake.called ? names_of(labels, *mistake.called)
                                       : names_above_half(labels, scores.data());
    return result;
  }
  const auto truth =
      static_cast<std::size_t>(targets.const_data_ptr<std::int64_t>()[mistake.example]);
  const auto best = static_cast<std::size_t>(
      mistake.called ? mistake.called->front()
                     : std::max_element(scores.begin(), scores.end()) - scores.begin());
  result.truth = labels[truth];
  result.prediction = labels[best];
  result.truth_probability = scores[truth];
  result.prediction_probability = scores[best];
  return result;
}

}  // namespace attune
