#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/schema.h"
#include "attune/data/fingerprint.h"
#include "attune/data/text/text_parts.h"
#include "attune/data/text/text_statistics.h"
#include "attune/feed/text/text_data.h"
#include "attune/media/text/tokenizer.h"
#include "attune/models/sequence_classifier.h"
#include "attune/tasks/classification/training.h"
#include "attune/tasks/run/saved/fine_tuned_folder.h"
#include "attune/tasks/text_classification/report.h"
#include "attune/tasks/text_classification/step.h"
#include "attune/tasks/text_classification/task.h"

namespace attune {

/// What the labels are by the options: single label where they do not say.
ProblemType problem_of(const ClassifierOptions& options);

/// One training of a text classifier: model, data and step joined for `fine_tune`.
class TextTraining {
 public:
  /// Opens the model and tokenises `texts`. The references must outlive the object.
  TextTraining(const TextTrainSettings& settings, const config::Schema& schema, TextParts texts);
  TextTraining(const TextTraining&) = delete;
  TextTraining& operator=(const TextTraining&) = delete;

  /// Returns the signal that stopped it, or 0.
  int run();
  /// The last evaluation of the validation data. Requires such data and a finished run.
  const PartEvaluation& validation() const { return *validation_evaluation_; }
  /// Those of its examples (`contents_of`).
  std::vector<std::string> validation_keys() const {
    return contents_of(validation_->dataset).keys;
  }

 private:
  void open_model(const TextParts& texts);
  TextData tokenize(TextDataset dataset) const;
  std::optional<PartEvaluation> make_evaluation(const std::optional<TextData>& data);
  NamedTexts parts() const;
  RunFacts facts() const;
  Report report(const FinishedRun& run) const;

  const TextTrainSettings& settings_;
  const config::Schema& schema_;
  LabelFacts labels_;
  std::shared_ptr<SequenceClassifier> model_;
  std::optional<Tokenizer> tokenizer_;
  std::int64_t max_length_ = 0;
  std::string train_fingerprint_;
  Json validation_fingerprint_;  ///< null without such texts
  std::vector<BadRow> bad_rows_;
  std::shared_ptr<CacheBudget> cache_budget_;
  TextData train_;
  std::optional<TextData> validation_, test_;
  DatasetStatistics statistics_;
  std::string data_text_;
  std::optional<FineTunedFolder> folder_;
  std::unique_ptr<TextClassificationStep> step_;
  std::optional<PartEvaluation> validation_evaluation_, test_evaluation_;
};

}  // namespace attune
