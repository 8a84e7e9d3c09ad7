#include "attune/tasks/epoch_table.h"

#include <algorithm>
#include <array>

#include "attune/base/strings.h"

namespace attune {
namespace {

/// The metrics people look at first; the rest is in the report.
constexpr std::array kShown = {"eval_loss",  "eval_accuracy", "eval_f1",      "eval_mcc",
                               "eval_auroc", "eval_mse",      "eval_pearson", "eval_spearman"};

const double* find_metric(const EpochSummary& summary, const std::string& name) {
  const auto found = std::find_if(summary.metrics.begin(), summary.metrics.end(),
                                  [&](const auto& metric) { return metric.first == name; });
  return found == summary.metrics.end() ? nullptr : &found->second;
}

}  // namespace

std::string EpochTable::header(const EpochSummary& summary) {
  std::string text = fmt::format("{:>5} {:>10}", "epoch", "train loss");
  for (const char* name : kShown) {
    if (find_metric(summary, name) == nullptr) continue;
    metrics_.emplace_back(name);
    text += fmt::format(" {:>10}", metrics_.back().substr(5));
  }
  return fmt::format("{} {:>10} {:>10} {:>10}\n", text, "lr", "samples/s", "time");
}

std::string EpochTable::add(const EpochSummary& summary) {
  std::string text;
  if (!begun_) text = header(summary);
  begun_ = true;
  text += fmt::format("{:>5} {:>10.4f}", summary.epoch, summary.train_loss);
  for (const std::string& name : metrics_) {
    const double* value = find_metric(summary, name);
    text += value == nullptr ? fmt::format(" {:>10}", "-") : fmt::format(" {:>10.4f}", *value);
  }
  return fmt::format("{} {:>10.2e} {:>10.1f} {:>10}", text, summary.learning_rate,
                     summary.samples_per_second, human_duration(summary.seconds));
}

}  // namespace attune
