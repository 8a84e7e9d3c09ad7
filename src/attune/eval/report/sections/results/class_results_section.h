#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/metrics/labels/class_scores.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/confusion_matrix.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"
#include "attune/eval/report/page/section.h"
#include "attune/eval/report/sections/results/metrics_card.h"

namespace attune {

/// The classes of a classifier: `confusion` and `calibration` where each sample has one label.
struct ClassResults {
  std::vector<std::string> names;
  std::vector<ClassScores> scores;
  std::optional<ConfusionMatrix> confusion;
  std::optional<Calibration> calibration;
  std::string decided_by = {};  ///< a sentence, where not the largest probability decides
};
ClassResults class_results(const ClassificationMetrics& metrics);
ClassResults class_results(const MultilabelMetrics& metrics);

/// "Results": metrics, and class by class what was right, mistaken for what, and how sure.
Section class_results_section(const EvaluatedMetrics& metrics, const ClassResults& classes);

}  // namespace attune
