#pragma once

#include <vector>

#include "attune/eval/metrics/metric_info.h"
#include "attune/train/checkpoint/trainer_state.h"
#include "attune/train/options.h"

namespace attune {

/// The metric that decides, of those that evaluations give, by any of its names (`find_metric`).
/// "loss" needs no entry in `metrics`. Throws `user`, with the nearest name, where there is no such
/// metric, or where `args` name the other direction than its definition.
MetricInfo best_metric(const TrainingArguments& args, const std::vector<MetricInfo>& metrics);

/// Whether anything in the run goes by the metric, beside what is logged.
bool metric_decides(const TrainingArguments& args);

/// Takes the deciding metric of an evaluation after `state.global_step` updates: keeps the best one
/// and counts for early stopping (transformers' EarlyStoppingCallback: a change counts when it is
/// larger than the threshold). Returns whether this is the best so far. NaN is never better.
bool note_metric(const TrainingArguments& args, bool greater_is_better, double metric,
                 TrainerState& state);

}  // namespace attune
