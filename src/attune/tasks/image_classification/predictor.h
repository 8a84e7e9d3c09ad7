#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "attune/data/bad_rows.h"
#include "attune/tasks/classification/results/prediction.h"
#include "attune/tasks/image_classification/saved_classifier.h"
#include "attune/tasks/run/predict/predictor.h"

namespace attune {

/// How logits become an answer.
struct PredictionStyle {
  /// Float [N, labels] -> probabilities [N, labels].
  std::function<at::Tensor(const at::Tensor& logits)> probabilities;
  std::function<Json(std::span<const float> probabilities)> describe;
  std::vector<AnswerColumn> columns;  ///< of what `describe` says, in a table
};

/// As the model was trained: softmax or sigmoid, and `describe_prediction`. Throws `user` where the
/// options are not for such a model.
PredictionStyle plain_style(const SavedImageClassifier& saved, const PredictionOptions& options);

/// Classifies pictures. An input is {"file": "PATH"}; an answer repeats it.
class ImagePredictor : public Predictor {
 public:
  struct Options {
    std::int64_t batch_size = 64;  ///< pictures in memory at a time
    std::int64_t threads = 0;      ///< that decode; 0: all cores
    /// `skip`: the answer to a picture that cannot be read holds an "error".
    OnBadRow on_bad_picture = OnBadRow::error;
  };

  ImagePredictor(SavedImageClassifier saved, PredictionStyle style, const Options& options);

  std::vector<Json> answer(std::span<const Json> inputs) override;

 private:
  void answer_batch(std::span<const Json> inputs, std::vector<Json>& answers) const;
  at::Tensor read(std::span<const std::string> files, std::vector<std::string>& problems) const;

  SavedImageClassifier saved_;
  PredictionStyle style_;
  Options options_;
};

}  // namespace attune
