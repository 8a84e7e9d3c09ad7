#pragma once

#include <cstdint>

#include "attune/tasks/classification/loss.h"
#include "attune/tasks/run/predictor.h"
#include "attune/tasks/text_classification/saved_classifier.h"

namespace attune {

/// Classifies texts. An input is {"text": "..."}, with "text_pair" where the model was trained on
/// pairs; an answer is as `describe_prediction` makes it.
class TextPredictor : public Predictor {
 public:
  /// `batch_size` texts at once; `threads` tokenise (0: all cores).
  TextPredictor(SavedClassifier saved, std::int64_t batch_size, std::int64_t threads);

  std::vector<Json> answer(std::span<const Json> inputs) override;

 private:
  SavedClassifier saved_;
  std::int64_t batch_size_, threads_;
  ClassificationLoss loss_;
  bool warned_ = false;  ///< of unknown tokens
};

}  // namespace attune
