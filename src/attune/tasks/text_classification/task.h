#pragma once

#include "attune/data/split/given_split.h"
#include "attune/tasks/check/check_options.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/classification/options.h"
#include "attune/tasks/task.h"
#include "attune/tasks/text_classification/options.h"

namespace attune {

/// Settings of `attune train --task text-classification`.
struct TextTrainSettings : ClassificationSettings {
  TextDataOptions data;
  TextColumns columns;
  ClassifierOptions classifier;
};

/// Settings of `attune evaluate`.
struct TextEvaluateSettings {
  PretrainedOptions pretrained;
  std::string test_file;
  EncodingOption encoding;
  GivenSplit split = GivenSplit::test;
  OnBadRow on_bad_row = OnBadRow::error;
  TextColumns columns;
  OutputLabels labels;
  ClassifierOptions classifier;
  ThresholdOption threshold;
  EvaluateApplyOptions apply;
};

/// Settings of `attune predict`.
struct TextPredictSettings {
  PretrainedOptions pretrained;
  config::Texts text, text_pair;
  std::string input_file;
  TableFormat input_format = TableFormat::automatic;
  EncodingOption encoding;
  std::vector<std::string> keep_columns;
  TextColumns columns;
  OutputLabels labels;
  ClassifierOptions classifier;
  PredictionOptions prediction;
  PredictApplyOptions apply;
};

/// Whether there may be something to evaluate on during training: a split column may bring it.
bool may_have_validation(const TextTrainSettings& settings);

/// Completes the arguments by what is held out, and adds what contradicts itself there.
void find_division_problems(TextTrainSettings& settings, config::Schema& schema);

/// Adds what `train` refuses of all other settings before data are read, but for its folder.
void find_text_run_problems(const TextTrainSettings& settings, config::Schema& schema);

class TextClassification : public Task {
 public:
  void add_options(config::Schema& schema, Verb verb) override;
  int train(config::Schema& schema) override;
  void evaluate(config::Schema& schema) override;
  void predict(config::Schema& schema) override;
  bool check_data(config::Schema& schema) override;

 private:
  TextTrainSettings train_;
  TextEvaluateSettings evaluate_;
  TextPredictSettings predict_;
  CheckOptions check_;  ///< beside `train_`
};

}  // namespace attune
