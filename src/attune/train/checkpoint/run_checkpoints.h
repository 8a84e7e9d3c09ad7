#pragma once

#include <string>

#include <cstdint>

#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/options.h"
#include "attune/train/schedule/schedule.h"

namespace attune {

/// What LibTorch and MKL compute for on this processor, which the last bits depend on: "AVX512".
std::string processor_name();

/// The checkpoints of one run: when it resumes, while it trains, and the best one at its end.
class RunCheckpoints {
 public:
  /// All it refers to must outlive the object. `settings`: what the numbers of the run depend on.
  RunCheckpoints(const TrainingArguments& args, const Json& settings, const CheckpointParts& parts,
                 Schedule& schedule)
      : args_(args), settings_(settings), parts_(parts), schedule_(schedule) {}

  /// Loads everything, for a run of `total_updates`: as many as that of the checkpoint had, or
  /// more. Throws `data` where the best model is needed at the end and missing.
  TrainerState resume(const fs::path& checkpoint, std::int64_t total_updates);
  /// Writes the checkpoint of `state.global_step`, and removes old ones; `state.best_checkpoint`
  /// becomes its name where it is the best. `seconds`: of training so far.
  fs::path save(TrainerState& state, double seconds);
  bool is_saved(std::int64_t step) const { return saved_step_ == step; }
  /// Has the best model so far loaded, unless it is the one at hand or none is kept: false.
  bool load_best(const TrainerState& state);

 private:
  const TrainingArguments& args_;
  const Json& settings_;
  CheckpointParts parts_;
  Schedule& schedule_;
  std::int64_t saved_step_ = -1;
};

}  // namespace attune
