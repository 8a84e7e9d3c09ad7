#pragma once

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// Accuracy by confidence of both, against the diagonal; the larger a dot, the more samples.
Html calibration_plot(const Calibration& before, const Calibration& after);

}  // namespace attune
