#pragma once

#include <span>

#include "attune/tasks/classification/loss.h"
#include "attune/train/step.h"

namespace attune {

/// Trains a classifier: what every classification task's side of the training loop shares.
class ClassificationStep : public TrainStep {
 public:
  ClassificationStep(Targets targets, ClassificationLoss loss);

  double loss_weight(std::span<const std::int64_t> examples) const override;
  at::Tensor loss_sum(std::span<const std::int64_t> examples, const StepContext& context) final;

  const Targets& targets() const { return targets_; }
  /// Of the last call of `loss_sum`; 0 before.
  std::int64_t first_trained_group() const { return first_trained_group_; }

 protected:
  const ClassificationLoss& loss() const { return loss_; }

  /// The sum of the losses of `examples`: by default that of their logits and targets.
  virtual at::Tensor example_losses(std::span<const std::int64_t> examples,
                                    const StepContext& context);
  /// Float [examples, labels], with gradient.
  virtual at::Tensor logits(std::span<const std::int64_t> examples, const StepContext& context) = 0;

 private:
  Targets targets_;
  ClassificationLoss loss_;
  std::int64_t first_trained_group_ = 0;
};

}  // namespace attune
