#pragma once

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// Accuracy by confidence against the diagonal, with the gap between them, and under it how many
/// samples have that confidence.
Html reliability_plot(const Calibration& calibration);

}  // namespace attune
