#include "attune/train/checkpoint/best_model.h"

#include <cmath>

#include "attune/base/error.h"
#include "attune/base/strings.h"

namespace attune {

double find_metric(const std::vector<std::pair<std::string, double>>& metrics,
                   const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [candidate, value] : metrics) {
    if (candidate == name) return value;
    names.push_back(candidate);
  }
  fail(ErrorKind::user, "metric_for_best_model: evaluation gives no \"{}\"{}; it gives {}", name,
       did_you_mean(name, names), join(names, ", "));
}

bool note_metric(const TrainingArguments& args, double metric, TrainerState& state) {
  const bool greater = best_metric_is_greater(args);
  const bool is_better =
      !std::isnan(metric) &&
      (!state.best_metric || (greater ? metric > *state.best_metric : metric < *state.best_metric));
  const bool counts = is_better && (!state.best_metric || std::abs(metric - *state.best_metric) >
                                                              args.early_stopping_threshold);
  state.evaluations_without_improvement = counts ? 0 : state.evaluations_without_improvement + 1;
  if (is_better) {
    state.best_metric = metric;
    state.best_step = state.global_step;
    state.best_checkpoint.clear();
  }
  if (args.early_stopping_patience &&
      state.evaluations_without_improvement >= *args.early_stopping_patience) {
    state.stopped_early = true;
  }
  return is_better;
}

}  // namespace attune
