#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/json.h"
#include "attune/train/metrics.h"

namespace attune {

/// Mean of losses that can be saved half-way.
struct LossMean {
  double sum = 0;
  std::int64_t updates = 0;

  void add(double loss) {
    sum += loss;
    ++updates;
  }
  double value() const { return updates > 0 ? sum / static_cast<double>(updates) : 0; }
};

/// Where a run is, apart from weights and optimizer state. `trainer_state.json` carries Hugging
/// Face's keys, and attune's own under "attune".
struct TrainerState {
  std::int64_t global_step = 0;  ///< updates done
  std::int64_t max_steps = 0;    ///< updates of the whole run
  double num_train_epochs = 0;
  double epoch = 0;  ///< epochs done, a fraction

  std::int64_t sampler_epoch = 0;  ///< the next batch is number `sampler_batch` of this epoch
  std::int64_t sampler_batch = 0;

  LossMean loss_since_log, loss_of_epoch, loss_of_run;
  std::vector<std::pair<std::string, LossMean>> parts_since_log;  ///< of the loss, by name
  std::int64_t samples = 0;                                       ///< trained on so far
  std::int64_t lengths = 0;  ///< of those, summed: tokens of texts
  double seconds = 0;        ///< of training, over all resumed parts
  std::int64_t threads = 0;  ///< that the last part ran on
  std::string processor;     ///< what LibTorch computes for on it, "AVX512"; "" where not known

  std::optional<double> best_metric;
  std::int64_t best_step = 0;
  std::string best_checkpoint;  ///< "checkpoint-20", "" where that step was not saved
  /// A signal came during the evaluation that follows the last update, and in a resumed run comes
  /// first.
  bool evaluation_is_due = false;
  std::int64_t evaluations_without_improvement = 0;
  bool stopped_early = false;

  Json schedule = Json::object();
  Json log_history = Json::array();

  /// Takes the mean losses of an update.
  void add_losses(double loss, const Metrics& parts);

  /// `output_dir` is put before the best checkpoint's name, as Hugging Face writes it.
  Json to_json(const std::string& output_dir) const;
  /// Throws `data` where a key is missing or of another type; `source` is the file's name.
  static TrainerState from_json(const Json& json, const std::string& source);
};

}  // namespace attune
