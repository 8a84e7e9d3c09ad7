#pragma once

#include <cstdint>

#include "attune/tasks/classification/loss.h"
#include "attune/tasks/classification/results/prediction.h"
#include "attune/tasks/run/predict/predictor.h"
#include "attune/tasks/text_classification/saved_classifier.h"

namespace attune {

/// Classifies texts. An input is {"text": "..."}, with "text_pair" where the model was trained on
/// pairs; an answer is as `describe_prediction` makes it, with "truncated": true where the model
/// has not seen the end of the text, or {"error": ...} where the tokenizer leaves nothing of it.
/// Throws `user` for an empty text.
class TextPredictor : public Predictor {
 public:
  struct Options {
    std::int64_t batch_size = 64;  ///< texts at once
    std::int64_t threads = 0;      ///< that tokenise; 0: all cores
    PredictionOptions prediction;
  };

  /// Throws `user` where the options are not for such a model.
  TextPredictor(SavedClassifier saved, const Options& options);

  std::vector<Json> answer(std::span<const Json> inputs) override;
  /// The columns of its answers in a table.
  std::vector<AnswerColumn> columns() const;
  /// See `separator_of_cells`.
  std::string list_separator(const std::string& wanted, const std::string& file) const {
    return separator_of_cells(saved_.problem, saved_.info.labels, wanted, file);
  }
  /// How many texts so far were longer than the model takes, and how much that is in tokens.
  std::int64_t truncated() const { return truncated_; }
  std::int64_t max_length() const { return saved_.max_length; }

 private:
  std::int64_t special_tokens_of(const Json& input) const;

  SavedClassifier saved_;
  Options options_;
  ClassificationLoss loss_;
  bool warned_ = false;  ///< of unknown tokens
  std::int64_t truncated_ = 0;
};

}  // namespace attune
