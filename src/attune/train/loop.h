#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/adapt/plan.h"
#include "attune/base/json.h"
#include "attune/data/sampler.h"
#include "attune/eval/metrics/metric_info.h"
#include "attune/train/checkpoint/trainer_state.h"
#include "attune/train/log/observer.h"
#include "attune/train/model_folder.h"
#include "attune/train/options.h"
#include "attune/train/step.h"

namespace attune {

/// What the loop works on. All it refers to must outlive the run.
struct TrainingSetup {
  TrainStep& step;
  ModelFolder& folder;
  const AdaptPlan& plan;
  const BatchSampler& sampler;
  TrainingArguments args;
  EvaluateFunction evaluate = {};  ///< may be empty where `eval_strategy` is no
  /// What evaluations can give: the metric that decides, and its direction, are looked up here.
  std::vector<MetricInfo> metrics = {};
  /// `run_settings()` and whatever else the numbers depend on (model, data): a resumed run must
  /// have the same.
  Json settings = Json::object();
  TrainObserver* observer = nullptr;
};

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
};

/// Trains: epochs, updates with exact accumulation, clipping, schedule, logs, evaluation, best
/// model, early stopping, checkpoints, resuming. A run that was stopped at any instant and resumed
/// ends with the same bits as one that was not.
class TrainingLoop {
 public:
  /// Throws `user` where the options contradict themselves, or go by a metric there is not.
  explicit TrainingLoop(TrainingSetup setup);
  ~TrainingLoop();

  /// Runs to the end, to an early stop, or to a signal (base/process/stop.h). Throws `user` where
  /// `output_dir` holds another run; `data` where a loss or a gradient is not
  /// finite, naming the update and its examples: nothing more is written then.
  TrainResult run();

 private:
  class Run;
  TrainingSetup setup_;
};

}  // namespace attune
