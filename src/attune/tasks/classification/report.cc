#include "attune/tasks/classification/report.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <ATen/Parallel.h>
#include <torch/version.h>

#include "attune/base/strings.h"
#include "attune/base/system.h"
#include "attune/eval/report/sections/log_history.h"

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
    curves.push_back(decision_results(metrics.label_names()[static_cast<std::size_t>(c)],
                                      column.samples, {.called = called, .resamples = 0}));
  }
  return curves;
}

void add_results(const ClassificationEvaluation& evaluation, ReportData& report) {
  report.metrics = evaluation.values;
  report.evaluated_samples = evaluation.samples;
  if (const auto* single = std::get_if<ClassificationMetrics>(&evaluation.metrics)) {
    report.classes = class_results(*single);
    report.curves = curves_of(*single);
  } else if (const auto* multi = std::get_if<MultilabelMetrics>(&evaluation.metrics)) {
    report.classes = class_results(*multi);
    report.curves = curves_of(*multi);
  } else {
    const auto& regression = std::get<RegressionMetrics>(evaluation.metrics);
    report.regression = RegressionResults{regression.predictions(), regression.targets()};
  }
}

std::vector<KeyValueGroup> settings_of(const config::Schema& schema) {
  std::vector<KeyValueGroup> groups;
  for (const config::Field& field : schema.fields()) {
    const Json value = field.get();
    if (value.is_null() || value == "" || (value.is_array() && value.empty())) continue;
    if (groups.empty() || groups.back().title != field.section)
      groups.push_back({field.section, {}});
    groups.back().items.push_back(
        {field.name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  return groups;
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
    if (!within) {
      summary.warnings.push_back(
          fmt::format("{} of the {} are also in {}: its results flatter the model.",
                      duplicate.count, duplicate.second, duplicate.first));
    }
  }
}

}  // namespace

ReportData make_classification_report(const FinishedRun& run,
                                      const ClassificationEvaluation* evaluation) {
  const TrainResult& result = run.result;
  const std::string& model_name = run.facts.model_name;
  ReportData report{.subtitle = fmt::format("{}, {}", model_name, utc_now())};
  if (evaluation != nullptr) {
    add_results(*evaluation, report);
    report.evaluated_on = run.part == EvaluatedPart::test ? "test" : "validation";
  }
  report.charts = charts_from_log_history(result.log_history, result.best_step);
  for (const PlanRow& row : run.plan) {
    report.groups.push_back({.name = row.group,
                             .parameters = row.parameters,
                             .trained_parameters = row.trained_parameters,
                             .learning_rate = row.learning_rate,
                             .note = row.trains});
  }
  report.settings = settings_of(run.schema);
  std::int64_t parameters = 0;
  for (const TrainedGroup& group : report.groups) parameters += group.parameters;
  report.model = {{"pre-trained model", model_name},
                  {"family", run.family},
                  {"parameters", with_thousands(parameters)}};
  report.versions = {{"attune", ATTUNE_VERSION},
                     {"LibTorch", TORCH_VERSION},
                     {"processor", cpu_name()},
                     {"matrix products", run.precision},
                     {"threads", std::to_string(at::get_num_threads())}};
  report.timings = {.train_seconds = result.train_runtime,
                    .eval_seconds = run.eval_seconds,
                    .train_samples_per_second = result.train_samples_per_second,
                    .train_tokens_per_second = result.train_tokens_per_second,
                    .peak_rss_bytes = peak_rss_bytes()};
  if (evaluation != nullptr) {
    report.timings.eval_samples_per_second =
        static_cast<double>(evaluation->samples) / evaluation->runtime;
  }
  return report;
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
