#pragma once

#include <cstdint>

#include "attune/data/sampler.h"
#include "attune/train/options.h"

namespace attune {

/// The sampler that `args` describe.
SamplerOptions sampler_options(const TrainingArguments& args);

/// How many updates a run has. Accumulation never reaches across two epochs: the last update of an
/// epoch may have fewer batches.
class Timeline {
 public:
  /// Throws `user` where the run has no update at all.
  Timeline(const BatchSampler& sampler, const TrainingArguments& args);

  std::int64_t total_updates() const { return total_; }
  std::int64_t updates_in_epoch(std::int64_t epoch) const;
  /// The epoch (from 0) of the last update.
  std::int64_t last_epoch() const;

 private:
  const BatchSampler& sampler_;
  std::int64_t accumulation_;
  std::int64_t total_ = 0;
};

/// Throws `user` where a run of `total` updates keeps its best model and would never evaluate.
void check_best_model_exists(const TrainingArguments& args, std::int64_t total);

/// When checkpoints are due by time alone; a new best model is no matter of time.
IntervalStrategy cadence_of(SaveStrategy strategy);

/// After which updates something is done: each so many, at the end of epochs, or never.
class Cadence {
 public:
  /// `steps`: a number of updates, or below 1 that share of `total`, rounded up.
  Cadence(IntervalStrategy strategy, double steps, std::int64_t total);

  /// `step`: updates done.
  bool is_due(std::int64_t step, bool epoch_ends) const;
  std::int64_t interval() const { return interval_; }

 private:
  IntervalStrategy strategy_;
  std::int64_t interval_;
};

}  // namespace attune
