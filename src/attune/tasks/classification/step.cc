#include "attune/tasks/classification/step.h"

#include <utility>

namespace attune {

ClassificationStep::ClassificationStep(Targets targets, ClassificationLoss loss)
    : targets_(std::move(targets)), criterion_(std::move(loss)) {}

/// It depends on the targets alone, so every batch's gradient can be divided as it is made.
std::optional<double> ClassificationStep::known_weight(Examples examples) const {
  return criterion_.weight(select_targets(targets_, examples));
}

Loss ClassificationStep::loss(Examples examples, const StepContext& context) {
  return {.sum = loss_sum(examples, context), .weight = *known_weight(examples)};
}

at::Tensor ClassificationStep::loss_sum(Examples examples, const StepContext& context) {
  return criterion_.sum(logits(examples, context), select_targets(targets_, examples));
}

}  // namespace attune
