#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "attune/base/strings.h"
#include "attune/eval/report/sections.h"

namespace attune {
namespace {

constexpr std::size_t kMaxMetrics = 5;

// Wilson's score interval of a proportion at 95 %.
std::string interval_text(double proportion, std::int64_t samples) {
  if (samples == 0) return "";
  constexpr double kZ = 1.959964;
  const auto n = static_cast<double>(samples);
  const double center = (proportion + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half =
      kZ / (1 + kZ * kZ / n) * std::sqrt(proportion * (1 - proportion) / n + kZ * kZ / (4 * n * n));
  return fmt::format("95 %: {:.3f} to {:.3f}", center - half, center + half);
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
    if (name == "accuracy") note = interval_text(*value, data.evaluated_samples);
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
