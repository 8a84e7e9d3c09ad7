#include "attune/tasks/run/epoch_table.h"

#include <algorithm>

#include "attune/base/text/human.h"

namespace attune {
namespace {

const double* find_metric(const EpochSummary& summary, const std::string& name) {
  const auto found = std::find_if(summary.metrics.begin(), summary.metrics.end(),
                                  [&](const auto& metric) { return metric.first == name; });
  return found == summary.metrics.end() ? nullptr : &found->second;
}

}  // namespace

std::string EpochTable::header(const EpochSummary& summary) {
  std::string text = fmt::format("{:>5} {:>10}", "epoch", "train loss");
  for (const MetricInfo& metric : metrics_) {
    const std::string name = "eval_" + metric.name;
    // Rows are printed as epochs end: the columns of the first one stay, whatever later ones lack.
    if (!metric.headline || find_metric(summary, name) == nullptr) continue;
    columns_.push_back(name);
    text += fmt::format(" {:>10}", metric.name);
  }
  return fmt::format("{} {:>10} {:>10} {:>10}\n", text, "lr", rate_title_, "time");
}

std::string EpochTable::add(const EpochSummary& summary) {
  std::string text;
  if (!begun_) text = header(summary);
  begun_ = true;
  text += fmt::format("{:>5} {:>10.4f}", summary.epoch, summary.train_loss);
  for (const std::string& name : columns_) {
    const double* value = find_metric(summary, name);
    text += value == nullptr ? fmt::format(" {:>10}", "-") : fmt::format(" {:>10.4f}", *value);
  }
  return fmt::format("{} {:>10.2e} {:>{}.1f} {:>10}", text, summary.learning_rate,
                     summary.samples_per_second, std::max<std::size_t>(rate_title_.size(), 10),
                     human_duration(summary.seconds));
}

}  // namespace attune
