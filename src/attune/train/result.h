#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "attune/base/json.h"

namespace attune {

/// What a run of the training loop came to.
struct TrainResult {
  std::int64_t global_step = 0;
  double epoch = 0;
  double train_loss = 0;     ///< mean over all updates, resumed ones too
  double train_runtime = 0;  ///< seconds, over all resumed parts
  double train_samples_per_second = 0, train_steps_per_second = 0;
  std::string length_unit;              ///< of the step: "tokens"; "" where it has none
  double train_lengths_per_second = 0;  ///< in that unit; logged as "train_tokens_per_second"
  std::uint64_t peak_rss_bytes = 0;
  std::optional<double> best_metric;
  std::int64_t best_step = 0;
  bool stopped_early = false;
  bool loaded_best_model = false;
  /// Updates done before the last evaluation of this process; none without one.
  std::optional<std::int64_t> evaluated_step;
  /// The lowest depth group that was trained: those below are as the run found them.
  std::int64_t first_trained_group = 0;
  int signal = 0;  ///< of the one that stopped the run; the program exits with 128 + signal
  Json log_history = Json::array();

  /// What the log ends with, under the names of transformers' `speed_metrics`.
  Json log_entry() const;
};

}  // namespace attune
