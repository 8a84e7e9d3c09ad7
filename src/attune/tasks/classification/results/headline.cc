#include "attune/tasks/classification/results/headline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace attune {
namespace {

constexpr std::size_t kMaxMetrics = 5;

std::string interval_text(const Estimate& estimate) {
  if (!std::isfinite(estimate.low)) return "";
  return fmt::format("95 %: {:.3f} to {:.3f}", estimate.low, estimate.high);
}

/// Of two classes the accuracy of their decisions; without decisions Wilson's. Of more classes it
/// has none where samples come in groups: Wilson's interval is of independent samples.
Estimate accuracy_estimate(double accuracy, std::int64_t samples,
                           std::span<const DecisionResults> decisions) {
  if (decisions.size() == 1) return decisions.front().accuracy;
  if (!decisions.empty() && decisions.front().clustered) return {};
  return wilson_interval(std::llround(accuracy * static_cast<double>(samples)), samples);
}

/// Of several classes that of their mean.
Estimate auroc_estimate(const MetricValues& values) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  return {.low = values.find("auroc_low").value_or(kNone),
          .high = values.find("auroc_high").value_or(kNone)};
}

/// What F1 is of, or how it is averaged.
std::string f1_note(const ClassificationEvaluation& evaluation) {
  const auto* single = std::get_if<ClassificationMetrics>(&evaluation.metrics);
  if (single == nullptr) return "micro";
  return single->label_names().size() == 2 ? "of class " + single->label_names()[1] : "macro";
}

bool falls(std::span<const MetricInfo> infos, std::string_view name) {
  const auto info = std::ranges::find(infos, name, &MetricInfo::name);
  return info != infos.end() && !info->greater_is_better;
}

}  // namespace

std::vector<ReportNumber> headline_numbers(const ClassificationEvaluation& evaluation,
                                           std::span<const DecisionResults> decisions) {
  constexpr std::array<std::string_view, 11> kTelling{
      "accuracy", "f1", "mcc", "auroc", "ece", "pearson", "spearman", "r2", "rmse", "mae", "loss"};
  std::vector<ReportNumber> numbers;
  for (const std::string_view name : kTelling) {
    const std::optional<double> value = evaluation.values.find(name);
    if (!value || numbers.size() == kMaxMetrics) continue;
    std::string note;
    if (name == "accuracy") {
      note = interval_text(accuracy_estimate(*value, evaluation.samples, decisions));
    }
    if (name == "auroc") note = interval_text(auroc_estimate(evaluation.values));
    if (name == "f1") note = f1_note(evaluation);
    if (falls(evaluation.infos, name)) note = "lower is better";
    numbers.push_back({metric_title(evaluation.infos, name), number_text(*value), note});
  }
  if (decisions.size() != 1 || !decisions.front().operating_point) return numbers;
  for (const auto& [name, estimate] : {std::pair{"Sensitivity", decisions.front().sensitivity},
                                       {"Specificity", decisions.front().specificity}}) {
    numbers.push_back({name, number_text(estimate.value), interval_text(estimate)});
  }
  return numbers;
}

}  // namespace attune
