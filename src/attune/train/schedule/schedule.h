#pragma once

#include <cstdint>

#include "attune/base/json.h"
#include "attune/train/options.h"

namespace attune {

/// Updates of warm-up in a run of `total_steps`: `warmup_steps`, or a share rounded up.
std::int64_t warmup_updates(const TrainingArguments& args, std::int64_t total_steps);

/// Waves of a cosine: as given, or the default of its schedule.
double wave_count(const TrainingArguments& args);

/// The learning rate over a run. A pure function of the number of updates done before, except for
/// reduce_lr_on_plateau, whose state is saved with a checkpoint.
///
/// Values are those of transformers' `get_scheduler` (linear, the cosines, polynomial,
/// inverse_sqrt, warmup_stable_decay; constant honours a warm-up too), torch's OneCycleLR (cosine,
/// two phases) and ReduceLROnPlateau (relative threshold), and equation 3 of Howard and Ruder 2018
/// (slanted_triangular, whose rising part is the warm-up where one is given; so is one_cycle's),
/// and fairseq's TriStageLRSchedule (tri_stage: linear rise from a share of the peak, the peak,
/// exponential fall to a share of it; Park et al. 2019, section 4.2).
class Schedule {
 public:
  /// `greater_is_better` is the direction of the metric that `observe` gets.
  Schedule(const TrainingArguments& args, std::int64_t total_steps, bool greater_is_better);

  /// Learning rate of update `step` (from 0) for a parameter group whose peak is `peak`.
  double learning_rate(std::int64_t step, double peak) const;

  /// A result of evaluation; only reduce_lr_on_plateau listens. NaN counts as no improvement.
  void observe(double metric);

  Json state() const;
  void load_state(const Json& state);

 private:
  double factor(double step) const;
  double cosine(double step) const;
  double warmup_stable_decay(double step) const;
  double lowest_share() const;
  double one_cycle(double step) const;
  double slanted_triangular(double step) const;
  double tri_stage(double step) const;

  TrainingArguments args_;
  double total_ = 0, warmup_ = 0;
  bool greater_is_better_ = false;
  // reduce_lr_on_plateau
  double plateau_factor_ = 1;
  std::int64_t bad_evaluations_ = 0;
  bool has_best_ = false;
  double best_ = 0;
};

}  // namespace attune
