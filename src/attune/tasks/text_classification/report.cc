#include "attune/tasks/text_classification/report.h"

#include <algorithm>

#include <ATen/Parallel.h>
#include <torch/version.h>

#include "attune/base/strings.h"
#include "attune/base/system.h"
#include "attune/eval/report/log_history.h"

namespace attune {
namespace {

std::string names_of(const std::vector<std::string>& labels,
                     const std::vector<std::int64_t>& chosen) {
  std::vector<std::string> names;
  for (const std::int64_t c : chosen) names.push_back(labels[static_cast<std::size_t>(c)]);
  return names.empty() ? "none" : join(names, ", ");
}

ReportMistake describe_mistake(const Mistake& mistake, const TextRunFacts& facts) {
  const TextDataset& dataset = facts.evaluated->dataset;
  const TextExample& example = dataset.examples[static_cast<std::size_t>(mistake.example)];
  const std::vector<float>& scores = mistake.probabilities;
  ReportMistake result{.text = example.text, .where = dataset.source_name(mistake.example)};
  if (example.text_pair) result.text += " | " + *example.text_pair;
  if (facts.problem == ProblemType::regression) {
    result.truth = fmt::format("{:.4g}", example.target);
    result.prediction = fmt::format("{:.4g}", scores[0]);
    return result;
  }
  if (facts.problem == ProblemType::multi_label_classification) {
    std::vector<std::int64_t> predicted;
    for (std::size_t c = 0; c < scores.size(); ++c) {
      if (scores[c] >= 0.5F) predicted.push_back(static_cast<std::int64_t>(c));
    }
    result.truth = names_of(facts.labels, example.label_set);
    result.prediction = names_of(facts.labels, predicted);
    return result;
  }
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  result.truth = facts.labels[static_cast<std::size_t>(example.label)];
  result.prediction = facts.labels[static_cast<std::size_t>(best)];
  result.truth_probability = scores[static_cast<std::size_t>(example.label)];
  result.prediction_probability = scores[static_cast<std::size_t>(best)];
  return result;
}

void add_results(const TextRunFacts& facts, ReportData& report) {
  if (facts.evaluation == nullptr) return;
  const TextEvaluation& evaluation = *facts.evaluation;
  report.metrics = evaluation.values;
  report.evaluated_on = facts.evaluated_name;
  report.evaluated_samples = evaluation.samples;
  if (const auto* single = std::get_if<ClassificationMetrics>(&evaluation.metrics)) {
    report.classes = class_results(*single);
  } else if (const auto* multi = std::get_if<MultilabelMetrics>(&evaluation.metrics)) {
    report.classes = class_results(*multi);
  } else {
    const auto& regression = std::get<RegressionMetrics>(evaluation.metrics);
    report.regression = RegressionResults{regression.predictions(), regression.targets()};
  }
  for (const Mistake& mistake : evaluation.mistakes) {
    report.mistakes.push_back(describe_mistake(mistake, facts));
  }
}

DataSummary summarize_data(const TextRunFacts& facts) {
  const DatasetStatistics& statistics = *facts.statistics;
  DataSummary summary{.max_length = facts.max_length};
  ClassBalance balance{.class_names = statistics.label_names};
  std::int64_t truncated = 0;
  for (std::size_t i = 0; i < facts.splits.size(); ++i) {
    const auto& [name, data] = facts.splits[i];
    const SplitStatistics& split = statistics.splits[i];
    summary.splits.push_back(
        {name, data->dataset.files.empty() ? "" : data->dataset.files.front(), split.examples});
    if (!split.class_counts.empty()) {
      balance.split_names.push_back(name);
      balance.counts.push_back(split.class_counts);
    }
    truncated += split.lengths.truncated_examples;
    if (split.bad_rows > 0) {
      summary.facts.push_back({name + ": rows left out", with_thousands(split.bad_rows)});
    }
  }
  if (!balance.split_names.empty()) summary.class_balance = std::move(balance);
  const auto& lengths = facts.splits.front().second->full_lengths;
  summary.lengths.assign(lengths.begin(), lengths.end());
  summary.facts.push_back({"texts that were cut", with_thousands(truncated)});
  for (const DuplicateStatistics& duplicate : statistics.duplicates) {
    const bool within = duplicate.first == duplicate.second;
    const std::string where = within ? "within " + duplicate.first
                                     : duplicate.second + " texts that are in " + duplicate.first;
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
  return summary;
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

}  // namespace

ReportData make_report(const TextRunFacts& facts) {
  ReportData report{.title = "Text classification",
                    .subtitle = fmt::format("{}, {}", facts.model_name, utc_now())};
  add_results(facts, report);
  report.charts = charts_from_log_history(facts.log_history, facts.best_step);
  for (const PlanRow& row : facts.plan->rows()) {
    report.groups.push_back({.name = row.group,
                             .parameters = row.parameters,
                             .trained_parameters = row.trained_parameters,
                             .learning_rate = row.learning_rate,
                             .note = row.trains});
  }
  report.data = summarize_data(facts);
  report.settings = settings_of(*facts.schema);
  std::int64_t parameters = 0;
  for (const TrainedGroup& group : report.groups) parameters += group.parameters;
  report.model = {{"pre-trained model", facts.model_name},
                  {"family", facts.family},
                  {"parameters", with_thousands(parameters)}};
  report.versions = {{"attune", ATTUNE_VERSION},
                     {"LibTorch", TORCH_VERSION},
                     {"processor", cpu_name()},
                     {"matrix products", facts.precision},
                     {"threads", std::to_string(at::get_num_threads())}};
  report.timings = facts.timings;
  return report;
}

}  // namespace attune
