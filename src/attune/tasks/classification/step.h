#pragma once

#include <optional>

#include "attune/tasks/classification/loss.h"
#include "attune/train/step.h"

namespace attune {

/// Trains a classifier: what every classification task's side of the training loop shares.
class ClassificationStep : public TrainStep {
 public:
  ClassificationStep(Targets targets, ClassificationLoss loss);

  std::optional<double> known_weight(Examples examples) const override;
  Loss loss(Examples examples, const StepContext& context) final;

  const Targets& targets() const { return targets_; }

 protected:
  const ClassificationLoss& criterion() const { return criterion_; }

  /// The sum of the losses of `examples`: by default that of their logits and targets.
  virtual at::Tensor loss_sum(Examples examples, const StepContext& context);
  /// Float [examples, labels], with gradient.
  virtual at::Tensor logits(Examples examples, const StepContext& context) = 0;

 private:
  Targets targets_;
  ClassificationLoss criterion_;
};

}  // namespace attune
