#pragma once

#include "attune/adapt/frozen_features.h"
#include "attune/media/text/tokenizer.h"
#include "attune/tasks/classification/step.h"
#include "attune/tasks/text_classification/text_data.h"

namespace attune {

/// Trains a text classifier: the task's side of the training loop.
class TextClassificationStep : public ClassificationStep {
 public:
  /// The references must outlive the object. `run_yaml` is saved beside the model.
  TextClassificationStep(SequenceClassifier& model, const Tokenizer& tokenizer,
                         const TextData& train, ProblemType problem, ClassificationLoss loss,
                         std::int64_t cache_bytes, const fs::path& cache_folder,
                         std::string run_yaml);

  nn::Module& model() override { return model_; }
  std::vector<std::int64_t> example_lengths() const override { return train_.tokens.lengths(); }
  std::string example_name(std::int64_t example) const override;
  void save_model(const fs::path& folder) const override;
  void load_model(const fs::path& folder) override;

 protected:
  at::Tensor logits(std::span<const std::int64_t> examples, const StepContext& context) override;

 private:
  SequenceClassifier& model_;
  const Tokenizer& tokenizer_;
  const TextData& train_;
  std::string run_yaml_;
  FrozenFeatures frozen_;
};

}  // namespace attune
