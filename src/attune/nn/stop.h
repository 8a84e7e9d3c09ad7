#pragma once

#include <ATen/core/grad_mode.h>

#include "attune/base/process/stop.h"

namespace attune::nn {

/// Layers call it before they compute: a batch of ResNet-50 takes ten seconds on one core, and a
/// signal shall not wait for its end. Where gradients are recorded it does nothing: layers below
/// have changed their running statistics by then, and a checkpoint must stand between updates.
/// Throws `Stopped`.
inline void check_stop_unless_training() {
  if (!at::GradMode::is_enabled()) check_stop();
}

}  // namespace attune::nn
