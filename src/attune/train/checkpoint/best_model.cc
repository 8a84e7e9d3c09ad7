#include "attune/train/checkpoint/best_model.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/eval/metrics/metric_names.h"

namespace attune {

MetricInfo best_metric(const TrainingArguments& args, const std::vector<MetricInfo>& metrics) {
  const std::string name = best_metric_name(args);
  MetricInfo found{"loss", kFalls};
  if (const MetricInfo* const info = find_metric(metrics, name)) {
    found = *info;
  } else if (name != found.name) {
    std::vector<std::string> names;
    for (const MetricInfo& metric : metrics) names.push_back(metric.name);
    fail(ErrorKind::user, "--metric-for-best-model: there is no metric \"{}\"{}; metrics are: {}",
         name, did_you_mean(name, names), join(names, ", "));
  }
  // transformers guesses the direction from the name (whether it ends in "loss"); here the metric's
  // definition tells it, which is right for error rates and perplexity as well.
  // So the other one would keep the worst model.
  check(args.greater_is_better.value_or(found.greater_is_better) == found.greater_is_better,
        ErrorKind::user,
        "--greater-is-better {} contradicts {}, of which {} is better: leave it out (transformers "
        "writes true for every name that does not end in \"loss\")",
        *args.greater_is_better, found.name, found.greater_is_better ? "more" : "less");
  return found;
}

bool metric_decides(const TrainingArguments& args) {
  return args.load_best_model_at_end || args.metric_for_best_model ||
         args.early_stopping_patience || args.save_strategy == SaveStrategy::best ||
         args.lr_scheduler_type == ScheduleName::reduce_lr_on_plateau;
}

bool note_metric(const TrainingArguments& args, bool greater_is_better, double metric,
                 TrainerState& state) {
  const bool is_better = !std::isnan(metric) &&
                         (!state.best_metric || (greater_is_better ? metric > *state.best_metric
                                                                   : metric < *state.best_metric));
  // The best model is the best by any margin; patience goes by the threshold as well. Both compare
  // with the best before this evaluation, as EarlyStoppingCallback does.
  const bool counts = is_better && (!state.best_metric || std::abs(metric - *state.best_metric) >
                                                              args.early_stopping_threshold);
  state.evaluations_without_improvement = counts ? 0 : state.evaluations_without_improvement + 1;
  if (is_better) {
    state.best_metric = metric;
    state.best_step = state.global_step;
    // The folder named so far holds another model; save() puts in the name if this one is saved.
    state.best_checkpoint.clear();
  }
  if (args.early_stopping_patience &&
      state.evaluations_without_improvement >= *args.early_stopping_patience) {
    state.stopped_early = true;
  }
  return is_better;
}

}  // namespace attune
