#include "attune/tasks/classification/step.h"

#include <utility>

namespace attune {

ClassificationStep::ClassificationStep(Targets targets, ClassificationLoss loss)
    : targets_(std::move(targets)), loss_(std::move(loss)) {}

double ClassificationStep::loss_weight(std::span<const std::int64_t> examples) const {
  return loss_.weight(select_targets(targets_, examples));
}

at::Tensor ClassificationStep::loss_sum(std::span<const std::int64_t> examples,
                                        const StepContext& context) {
  first_trained_group_ = context.first_trained_group;
  return example_losses(examples, context);
}

at::Tensor ClassificationStep::example_losses(std::span<const std::int64_t> examples,
                                              const StepContext& context) {
  return loss_.sum(logits(examples, context), select_targets(targets_, examples));
}

}  // namespace attune
