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
#include "attune/train/result.h"
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
