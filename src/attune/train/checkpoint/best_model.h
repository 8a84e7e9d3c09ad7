#pragma once

#include <string>
#include <utility>
#include <vector>

#include "attune/train/checkpoint/trainer_state.h"
#include "attune/train/options.h"

namespace attune {

/// The value of that name; throws `user`, listing what there is, where there is none.
double find_metric(const std::vector<std::pair<std::string, double>>& metrics,
                   const std::string& name);

/// Takes the deciding metric of an evaluation after `state.global_step` updates: keeps the best one
/// and counts for early stopping (transformers' EarlyStoppingCallback: a change counts when it is
/// larger than the threshold). Returns whether this is the best so far. NaN is never better.
bool note_metric(const TrainingArguments& args, double metric, TrainerState& state);

}  // namespace attune
