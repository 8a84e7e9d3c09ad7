#pragma once

#include <vector>

#include "attune/tasks/classification/evaluation.h"

namespace attune {

/// For tests: what an evaluation of forty samples of "bad" and "good", some of them wrong, finds
/// out.
inline ClassificationEvaluation of_two_classes() {
  ClassificationMetrics metrics({"bad", "good"});
  for (int i = 0; i < 40; ++i) {
    const float p = static_cast<float>((i * 7) % 32) / 32.0F;
    metrics.add(std::vector{1 - p, p}, p > 0.5F ? i % 5 != 0 : i % 3 == 0);
  }
  ClassificationEvaluation evaluation(metrics);
  evaluation.values = metrics.values();
  evaluation.infos = metric_infos(ProblemType::single_label_classification, metrics.label_names());
  evaluation.samples = metrics.num_samples();
  return evaluation;
}

}  // namespace attune
