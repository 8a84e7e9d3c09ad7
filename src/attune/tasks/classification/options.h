#pragma once

#include <cstdint>
#include <string>

#include "attune/config/field.h"
#include "attune/tasks/classification/results/prediction.h"
#include "attune/tasks/run/settings.h"

namespace attune {

/// What training makes of labels that are of unequal number or weight (section `train`).
struct LossOptions {
  std::string class_weights;
  double focal_gamma = 0;
  bool balanced_sampling = false;

  template <typename V>
  void visit(V& v) {
    v("class_weights", class_weights,
      "Weights of the labels in the loss: balanced, or LABEL=WEIGHT,LABEL=WEIGHT,...");
    v("focal_gamma", focal_gamma,
      "Focal loss: each term times (1 - probability of the truth) to this power (Lin et al. 2017); "
      "0 is plain cross-entropy",
      config::in_range(0, 10));
    v("balanced_sampling", balanced_sampling,
      "Draw as many examples of each class: those of small classes come repeatedly in an epoch, "
      "some of large ones not");
  }
};

/// Settings that every classification task's `train` has.
struct ClassificationSettings : RunSettings {
  LossOptions loss;
  ThresholdOption threshold;
};

}  // namespace attune
