#pragma once

#include <cstdint>

#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/medical_image_classification/decision.h"

namespace attune {

/// Has the stored thresholds call the samples of `evaluation` (of `data`, with logits), instead of
/// the largest probability or one half: accuracy, F1, confusion matrix and mistakes become those of
/// what `predict` answers. Loss, AUROC and calibration are of probabilities, and stay. The worst
/// mistakes are those furthest beyond their threshold, `max_mistakes` of them, with calibrated
/// probabilities. Without thresholds nothing changes.
void decide_by_thresholds(ClassificationEvaluation& evaluation, const ScoredData& data,
                          const Decision& decision, std::int64_t max_mistakes);

}  // namespace attune
