#pragma once

#include <memory>

#include "attune/adapt/frozen_features.h"
#include "attune/feed/text/text_data.h"
#include "attune/tasks/classification/step.h"

namespace attune {

/// Trains a text classifier: the task's side of the training loop.
class TextClassificationStep : public ClassificationStep {
 public:
  /// The references must outlive the object.
  TextClassificationStep(SequenceClassifier& model, const TextData& train, ProblemType problem,
                         ClassificationLoss loss, std::shared_ptr<CacheBudget> budget,
                         const fs::path& cache_folder);

  nn::Module& model() override { return model_; }
  std::vector<std::int64_t> example_lengths() const override { return train_.tokens.lengths(); }
  std::string_view length_unit() const override { return "tokens"; }
  std::string example_name(std::int64_t example) const override;

 protected:
  at::Tensor logits(Examples examples, const StepContext& context) override;

 private:
  SequenceClassifier& model_;
  const TextData& train_;
  FrozenFeatures frozen_;
};

}  // namespace attune
