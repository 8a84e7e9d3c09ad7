#include "attune/tasks/epoch_table.h"

#include <algorithm>

#include "attune/base/log.h"
#include "attune/base/strings.h"

namespace attune {
namespace {

/// The metrics people look at first; the rest is in the report.
constexpr std::array kShown = {"eval_loss", "eval_accuracy", "eval_f1",       "eval_mcc",
                               "eval_auroc", "eval_mse",     "eval_pearson", "eval_spearman"};

std::string cell(double value) { return fmt::format("{:>10.4f}", value); }

}  // namespace

void EpochTable::on_epoch_end(const EpochSummary& summary) {
  if (metrics_.empty()) {
    std::string header = fmt::format("{:>5} {:>10}", "epoch", "train loss");
    for (const char* name : kShown) {
      const bool present = std::any_of(summary.metrics.begin(), summary.metrics.end(),
                                       [&](const auto& metric) { return metric.first == name; });
      if (!present) continue;
      metrics_.emplace_back(name);
      header += fmt::format(" {:>10}", std::string(name).substr(5));
    }
    log_info("{} {:>10} {:>10} {:>10}", header, "lr", "samples/s", "time");
    metrics_.emplace_back();  // not empty again
  }
  std::string row = fmt::format("{:>5} {}", summary.epoch, cell(summary.train_loss));
  for (const std::string& name : metrics_) {
    if (name.empty()) continue;
    const auto found = std::find_if(summary.metrics.begin(), summary.metrics.end(),
                                    [&](const auto& metric) { return metric.first == name; });
    row += found == summary.metrics.end() ? fmt::format(" {:>10}", "-") : " " + cell(found->second);
  }
  log_info("{} {:>10.2e} {:>10.1f} {:>10}", row, summary.learning_rate, summary.samples_per_second,
           human_duration(summary.seconds));
}

}  // namespace attune
