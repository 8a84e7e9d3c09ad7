#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "attune/train/checkpoint/trainer_state.h"
#include "attune/train/log/observer.h"
#include "attune/train/log/run_log.h"
#include "attune/train/options.h"
#include "attune/train/update.h"

namespace attune {

/// Tells of a run while it goes on: log files, progress, the observer. Rates are those of training,
/// without evaluations.
class Reporter {
 public:
  using Clock = std::chrono::steady_clock;

  /// `args` must outlive the object, and so must `observer`, which may be null.
  Reporter(const TrainingArguments& args, TrainObserver* observer, std::int64_t total_updates)
      : args_(args), observer_(observer), total_updates_(total_updates) {}

  /// Starts the clocks, and the log files as they were at `state`.
  void begin(const TrainerState& state);
  void count_samples(std::int64_t samples);
  void show_progress(const TrainerState& state, double loss, bool finished) const;

  /// An entry of the log; it gets the epoch and the step, and joins `state.log_history`.
  void log(Json entry, TrainerState& state);
  /// The entry of the updates since the last one; `update` is the newest.
  void log_updates(const UpdateResult& update, double learning_rate, TrainerState& state);
  /// The entry of an evaluation that began at `begin`.
  void log_evaluation(const Metrics& metrics, Clock::time_point begin, TrainerState& state);
  void tell_saved(const fs::path& checkpoint) const;
  /// Tells of the epoch `state.sampler_epoch`, whose updates are done.
  void end_epoch(const TrainerState& state, double learning_rate);

  double seconds() const;  ///< since `begin`

 private:
  /// Work done since some instant, to tell rates.
  struct Meter {
    Clock::time_point start = Clock::now();
    std::int64_t samples = 0;
    double samples_per_second() const;
  };

  const TrainingArguments& args_;
  TrainObserver* observer_;
  std::int64_t total_updates_;
  std::unique_ptr<RunLog> log_;
  Metrics epoch_metrics_;  ///< of the newest evaluation of the epoch
  Clock::time_point start_ = Clock::now();
  Meter since_log_, since_epoch_;
};

}  // namespace attune
