#pragma once

#include <memory>
#include <optional>

#include "attune/feed/tensor_dataset.h"
#include "attune/models/sequence_classifier.h"
#include "attune/train/loop.h"
#include "attune/train/options.h"

namespace attune {

/// Fine-tunes a text classifier on tensors: the door for programs, with the names of Hugging Face's
/// Trainer. What it does is what `attune train` does: the same loop, checkpoints and resume.
class Trainer {
 public:
  /// Throws `user` where labels do not fit the model's head.
  Trainer(std::shared_ptr<SequenceClassifier> model, TrainingArguments args, TensorDataset train,
          std::optional<TensorDataset> validation = {});
  ~Trainer();

  /// Trains, writing checkpoints and logs below `output_dir`.
  TrainResult train();
  /// Loss and metrics of the model as it stands on `dataset`, by name.
  std::vector<std::pair<std::string, double>> evaluate(const TensorDataset& dataset) const;
  /// Writes the model as a Hugging Face folder; default: into `output_dir`.
  void save_model(const fs::path& folder = {}) const;

 private:
  class Step;
  std::shared_ptr<SequenceClassifier> model_;
  TrainingArguments args_;
  std::optional<TensorDataset> validation_;
  std::string train_fingerprint_;
  ProblemType problem_ = ProblemType::single_label_classification;
  std::unique_ptr<Step> step_;
};

}  // namespace attune
