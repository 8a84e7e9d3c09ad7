#pragma once

#include <cstdint>

#include "attune/adapt/plan.h"
#include "attune/data/sampler.h"
#include "attune/train/optim/optimizer.h"
#include "attune/train/step.h"

namespace attune {

struct UpdateSettings {
  std::uint64_t seed = 0;
  double max_grad_norm = 0;
  bool bf16 = false;
};

struct UpdateResult {
  double loss = 0;       ///< weighted mean over the examples of the update
  Metrics parts = {};    ///< of the loss, the same means
  double grad_norm = 0;  ///< before clipping
  std::int64_t samples = 0;
};

/// One optimizer update from the batches [first, last) of an epoch. The gradient is
/// divided by the weight of all of them, so the result is that of one big batch, ragged or not.
/// Throws `data` where a loss or the gradient is not finite; weights are then as
/// they were before. Throws `Stopped` where a signal came while an example was made or a frozen
/// part computed; the step and its model are then as they were before.
UpdateResult run_update(TrainStep& step, Optimizer& optimizer, const EpochBatches& batches,
                        std::int64_t first, std::int64_t last, StepContext context,
                        std::span<const double> learning_rates, const UpdateSettings& settings);

}  // namespace attune
