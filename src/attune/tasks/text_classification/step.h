#pragma once

#include "attune/media/text/tokenizer.h"
#include "attune/tasks/text_classification/frozen_features.h"
#include "attune/tasks/text_classification/loss.h"
#include "attune/tasks/text_classification/text_data.h"
#include "attune/train/step.h"

namespace attune {

/// Trains a text classifier: the task's side of the training loop.
class TextClassificationStep : public TrainStep {
 public:
  /// The references must outlive the object. `run_yaml` is saved beside the model.
  TextClassificationStep(SequenceClassifier& model, const Tokenizer& tokenizer,
                         const TextData& train, ClassificationLoss loss, std::int64_t cache_bytes,
                         const fs::path& cache_folder, std::string run_yaml);

  torch::nn::Module& model() override { return model_; }
  std::vector<std::int64_t> example_lengths() const override { return train_.tokens.lengths(); }
  double loss_weight(std::span<const std::int64_t> examples) const override;
  at::Tensor loss_sum(std::span<const std::int64_t> examples, const StepContext& context) override;
  std::string example_name(std::int64_t example) const override;
  void save_model(const fs::path& folder) const override;
  void load_model(const fs::path& folder) override;

  /// Of the last call of `loss_sum`; 0 before.
  std::int64_t first_trained_group() const { return first_trained_group_; }

 private:
  SequenceClassifier& model_;
  const Tokenizer& tokenizer_;
  const TextData& train_;
  ClassificationLoss loss_;
  std::string run_yaml_;
  FrozenFeatures frozen_;
  std::int64_t first_trained_group_ = 0;
};

}  // namespace attune
