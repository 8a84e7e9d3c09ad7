#pragma once

#include "attune/adapt/options.h"
#include "attune/pretrained/options.h"
#include "attune/tasks/task.h"
#include "attune/tasks/text_classification/options.h"
#include "attune/train/options.h"

namespace attune {

/// Settings of `attune train --task text-classification`.
struct TextTrainSettings {
  PretrainedOptions pretrained;
  TextDataOptions data;
  TextColumns columns;
  AdaptOptions adapt;
  ClassifierOptions classifier;
  TrainingArguments train;
  ClassWeightOptions class_weights;
  TextEvaluationOptions eval;
};

/// Where a saved model is applied: options that `evaluate` and `predict` share.
struct ApplyOptions {
  std::int64_t per_device_eval_batch_size = 64;
  std::int64_t threads = 0;
  std::string output_file;

  template <typename V>
  void visit(V& v) {
    v("per_device_eval_batch_size", per_device_eval_batch_size, "Texts in a batch",
      config::at_least(1));
    v("threads", threads, "Threads for mathematics; 0 means all cores", config::at_least(0));
    v("output_file", output_file, "File to write");
  }
};

/// Settings of `attune evaluate`.
struct TextEvaluateSettings {
  PretrainedOptions pretrained;
  std::string test_file;
  OnBadRow on_bad_row = OnBadRow::error;
  TextColumns columns;
  ClassifierOptions classifier;
  ApplyOptions apply;
};

/// Settings of `attune predict`.
struct TextPredictSettings {
  PretrainedOptions pretrained;
  config::Texts text;
  std::string input_file;
  TextColumns columns;
  ClassifierOptions classifier;
  ApplyOptions apply;
};

class TextClassification : public Task {
 public:
  void add_options(config::Schema& schema, Verb verb) override;
  int train(config::Schema& schema) override;
  void evaluate(config::Schema& schema) override;
  void predict(config::Schema& schema) override;

 private:
  TextTrainSettings train_;
  TextEvaluateSettings evaluate_;
  TextPredictSettings predict_;
};

}  // namespace attune
