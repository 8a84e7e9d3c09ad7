#pragma once

#include <cstdint>
#include <string>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/train/metrics.h"

namespace attune {

/// What an epoch's row of a table shows.
struct EpochSummary {
  std::int64_t epoch = 0;  ///< from 1
  double train_loss = 0;   ///< mean over the epoch's updates
  double learning_rate = 0;
  Metrics metrics;  ///< of the evaluation at its end, "eval_loss" ...; empty without one
  double seconds = 0;
  double samples_per_second = 0;
};

/// Is told what happens. Every function does nothing unless overridden.
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  /// `output_dir` exists and holds no other run; nothing is written yet.
  virtual void on_begin(const fs::path& output_dir) { (void)output_dir; }
  /// An entry of the log as it is written to `log.jsonl`: "loss", "grad_norm", "learning_rate",
  /// "epoch", "step", or "eval_..." values, or the final "train_..." values.
  virtual void on_log(const Json& entry) { (void)entry; }
  virtual void on_evaluate(const Json& entry) { (void)entry; }
  virtual void on_save(const fs::path& checkpoint) { (void)checkpoint; }
  virtual void on_epoch_end(const EpochSummary& summary) { (void)summary; }
};

}  // namespace attune
