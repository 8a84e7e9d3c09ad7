#include "attune/tasks/medical_image_classification/judge.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "attune/eval/metrics/decisions/decision_json.h"
#include "attune/eval/metrics/labels/macro_auroc.h"
#include "attune/tasks/medical_image_classification/decided.h"
#include "attune/tasks/medical_image_classification/subgroups.h"

namespace attune {
namespace {

/// Samples of a table's row, and their results.
struct DecisionRow {
  std::string name;
  BinaryCounts counts;
  std::vector<std::pair<std::string, Estimate>> estimates;
};

std::string estimate_text(const Estimate& estimate) {
  if (!std::isfinite(estimate.value)) return "undefined";
  if (!std::isfinite(estimate.low)) return fmt::format("{:.4f}", estimate.value);
  return fmt::format("{:.4f} ({:.4f}-{:.4f})", estimate.value, estimate.low, estimate.high);
}

std::string table_text(const std::string& title, const std::vector<DecisionRow>& rows) {
  constexpr std::size_t kColumn = 22;
  std::size_t width = 0;
  for (const DecisionRow& row : rows) width = std::max(width, row.name.size());
  std::string text = fmt::format("{}\n  {:<{}}  samples  positive", title, "", width);
  for (const auto& [name, estimate] : rows.front().estimates) {
    text += fmt::format("  {:>{}}", name, kColumn);
  }
  for (const DecisionRow& row : rows) {
    text += fmt::format("\n  {:<{}}  {:>7}  {:>8}", row.name, width, row.counts.total(),
                        row.counts.positives());
    for (const auto& [name, estimate] : row.estimates) {
      text += fmt::format("  {:>{}}", estimate_text(estimate), kColumn);
    }
  }
  return text + "\n";
}

std::string decisions_text(const std::vector<DecisionResults>& results) {
  std::vector<DecisionRow> rows;
  for (const DecisionResults& r : results) {
    rows.push_back({r.class_name,
                    r.counts,
                    {{"auroc", r.auroc},
                     {"sensitivity", r.sensitivity},
                     {"specificity", r.specificity},
                     {"ppv", r.ppv},
                     {"npv", r.npv}}});
  }
  return table_text("decisions, with 95 % intervals", rows);
}

std::string subgroups_text(const std::vector<GroupResults>& results) {
  std::string text;
  for (const GroupResults& entry : results) {
    std::vector<DecisionRow> rows;
    for (const GroupMetrics& group : entry.groups) {
      rows.push_back({group.group.empty() ? "(none)" : group.group,
                      group.counts,
                      {{"auroc", group.auroc},
                       {"accuracy", group.accuracy},
                       {"sensitivity", group.sensitivity},
                       {"specificity", group.specificity}}});
    }
    if (rows.empty()) continue;
    text += "\n" + table_text(fmt::format("{} by {}", entry.class_name, entry.column), rows);
  }
  return text;
}

Json decisions_json(const std::vector<DecisionResults>& results) {
  Json json = Json::object();
  for (const DecisionResults& r : results) json[r.class_name] = to_json(r);
  return json;
}

Json subgroups_json(const std::vector<GroupResults>& results) {
  Json json = Json::object();
  for (const GroupResults& entry : results) {
    Json& groups = json[entry.column][entry.class_name] = Json::object();
    for (const GroupMetrics& group : entry.groups) groups[group.group] = to_json(group);
  }
  return json;
}

/// Of the mean over labels or classes, of the same probabilities as the metric `auroc`.
template <typename Metrics>
Estimate mean_auroc(const Metrics& metrics, const Resampler& rows, std::int64_t resamples) {
  std::vector<ScoredColumn> columns;
  for (std::size_t c = 0; c < metrics.label_names().size(); ++c) {
    columns.push_back(metrics.column(static_cast<std::int64_t>(c)));
  }
  return macro_auroc(columns, rows, resamples);
}

void add(ClassificationEvaluation& evaluation, MetricInfo info, double value) {
  evaluation.values.add(info.name, value);
  evaluation.infos.push_back(std::move(info));
}

void add_mean_auroc(ClassificationEvaluation& evaluation, const ScoredData& data,
                    const JudgingSettings& settings, const std::vector<std::int64_t>& clusters) {
  const auto seed = static_cast<std::uint64_t>(settings.bootstrap_seed);
  Estimate mean;
  if (const auto* single = std::get_if<ClassificationMetrics>(&evaluation.metrics)) {
    if (!single->has_scores()) return;
    // Stratified by class, so that no resample is without one; pictures of a patient are not
    // independent, so where patients are known whole ones are drawn.
    const std::span classes(data.targets.const_data_ptr<std::int64_t>(),
                            static_cast<std::size_t>(data.targets.numel()));
    mean = mean_auroc(*single,
                      clusters.empty() ? Resampler::stratified(classes, seed)
                                       : Resampler::clustered(clusters, seed),
                      settings.bootstrap_resamples);
  } else if (const auto* multi = std::get_if<MultilabelMetrics>(&evaluation.metrics)) {
    if (!multi->has_scores()) return;
    mean = mean_auroc(*multi,
                      // A sample may have several labels: there is no one class to stratify by.
                      clusters.empty() ? Resampler::plain(data.logits.size(0), seed)
                                       : Resampler::clustered(clusters, seed),
                      settings.bootstrap_resamples);
  }
  if (!std::isfinite(mean.low)) return;
  add(evaluation, {"auroc_low", kRises}, mean.low);
  add(evaluation, {"auroc_high", kRises}, mean.high);
}

void add_calibration(const ScoredData& data, const Decision& decision,
                     ClassificationEvaluation& evaluation) {
  const LabelledLogits logits = labelled_logits(data);
  const auto error = [&](double temperature) {
    return calibration_scores(logits, temperature).calibration.expected_calibration_error();
  };
  // The metrics of classes have it; those of several labels do not.
  if (!evaluation.values.find("ece")) add(evaluation, {"ece", kFalls}, error(1));
  add(evaluation, {"ece_calibrated", kFalls}, error(decision.temperature));
}

}  // namespace

JudgedDecisions judge_evaluation(ClassificationEvaluation& evaluation, const ScoredData& data,
                                 const ImageDataset& pictures, const Decision& decision,
                                 const JudgingSettings& settings, std::int64_t max_mistakes) {
  std::vector<std::int64_t> clusters;
  if (pictures.has_groups()) clusters = pictures.group_ids();
  JudgedDecisions judged{
      .results = judge_decision(data, decision, settings, clusters),
      .subgroups = results_by_subgroup(data, pictures, decision, settings, clusters)};
  decide_by_thresholds(evaluation, data, decision, max_mistakes);
  // One decision has its numbers by plain names; of several they would not say whose they are.
  if (judged.results.size() == 1) {
    add_decision_metrics(evaluation.values, judged.results.front());
    const std::vector<MetricInfo> infos = decision_metric_infos();
    evaluation.infos.insert(evaluation.infos.end(), infos.begin(), infos.end());
  } else {
    add_mean_auroc(evaluation, data, settings, clusters);
  }
  add_calibration(data, decision, evaluation);
  evaluation.details["decisions"] = decisions_json(judged.results);
  evaluation.tables = "\n" + decisions_text(judged.results);
  if (!judged.subgroups.empty()) {
    evaluation.details["subgroups"] = subgroups_json(judged.subgroups);
    evaluation.tables += subgroups_text(judged.subgroups);
  }
  return judged;
}

}  // namespace attune
