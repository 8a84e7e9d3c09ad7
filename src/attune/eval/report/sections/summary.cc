#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "attune/base/strings.h"
#include "attune/eval/metrics/intervals/interval.h"
#include "attune/eval/report/sections/sections.h"

namespace attune {
namespace {

constexpr std::size_t kMaxMetrics = 5;

std::string interval_text(const Estimate& estimate) {
  if (!std::isfinite(estimate.low)) return "";
  return fmt::format("95 %: {:.3f} to {:.3f}", estimate.low, estimate.high);
}

// Of two classes the accuracy of their decisions; without decisions Wilson's. Of more classes it
// has none where samples come in groups.
Estimate accuracy_estimate(double accuracy, const ReportData& data) {
  if (data.decisions.size() == 1) return data.decisions.front().accuracy;
  if (!data.decisions.empty() && data.decisions.front().clustered) return {};
  const std::int64_t samples = data.evaluated_samples;
  return wilson_interval(std::llround(accuracy * static_cast<double>(samples)), samples);
}

// Of several classes that of their mean.
Estimate auroc_estimate(const ReportData& data) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  return {.low = data.metrics.find("auroc_low").value_or(kNone),
          .high = data.metrics.find("auroc_high").value_or(kNone)};
}

// The rates of the one operating point, where there is one.
void add_decision(std::vector<ReportNumber>& numbers, const ReportData& data) {
  if (data.decisions.size() != 1 || !data.decisions.front().operating_point) return;
  const DecisionResults& results = data.decisions.front();
  for (const auto& [name, estimate] :
       {std::pair{"Sensitivity", results.sensitivity}, {"Specificity", results.specificity}}) {
    numbers.push_back({name, number_text(estimate.value), interval_text(estimate)});
  }
}

void add_metrics(std::vector<ReportNumber>& numbers, const ReportData& data) {
  constexpr std::array<std::string_view, 11> kTelling{
      "accuracy", "f1", "mcc", "auroc", "ece", "pearson", "spearman", "r2", "rmse", "mae", "loss"};
  std::size_t added = 0;
  for (const std::string_view name : kTelling) {
    const std::optional<double> value = data.metrics.find(name);
    if (!value || added == kMaxMetrics) continue;
    ++added;
    std::string note;
    if (name == "accuracy") note = interval_text(accuracy_estimate(*value, data));
    if (name == "auroc") note = interval_text(auroc_estimate(data));
    if (name == "f1" && data.classes && data.classes->names.size() == 2 && data.classes->confusion)
      note = fmt::format("of class {}", data.classes->names[1]);
    if (name == "f1" && note.empty()) note = data.metrics.find("hamming_loss") ? "micro" : "macro";
    if (!greater_is_better(name)) note = "lower is better";
    numbers.push_back({metric_title(name), number_text(*value), note});
  }
}

}  // namespace

std::vector<ReportNumber> summary_numbers(const ReportData& data) {
  std::vector<ReportNumber> numbers = data.summary;
  add_metrics(numbers, data);
  add_decision(numbers, data);
  const ReportTimings& timings = data.timings;
  if (timings.train_seconds > 0) {
    const double rate = timings.train_samples_per_second;
    numbers.push_back({"Training time", human_duration(timings.train_seconds),
                       rate > 0 ? fmt::format("{} samples/s", number_text(rate)) : ""});
  }
  if (timings.peak_rss_bytes > 0) {
    numbers.push_back({"Peak memory", human_bytes(timings.peak_rss_bytes), "resident"});
  }
  return numbers;
}

}  // namespace attune
