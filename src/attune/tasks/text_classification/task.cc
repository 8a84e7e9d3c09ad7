#include "attune/tasks/text_classification/task.h"

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr const char* kPretrained = "pretrained";
constexpr const char* kData = "data";
constexpr const char* kAdapt = "adapt";
constexpr const char* kTrain = "train";
constexpr const char* kEval = "eval";

void add_train_options(config::Schema& schema, TextTrainSettings& settings) {
  schema.add_section(kPretrained, "the model a run begins with");
  schema.add(kPretrained, settings.pretrained);
  schema.add_section(kData, "what it learns from");
  schema.add(kData, settings.data);
  schema.add(kData, settings.columns);
  schema.add_section(kAdapt, "how the model is changed, and what of it trains");
  schema.add(kAdapt, settings.classifier);
  schema.add(kAdapt, settings.adapt);
  schema.add_section(kTrain, "how it trains");
  schema.add(kTrain, settings.train);
  schema.add(kTrain, settings.loss);
  schema.add_section(kEval, "what is measured and shown");
  schema.add(kEval, settings.eval);
}

/// `test_file` and `on_bad_row` of `evaluate`, without a struct of their own.
struct EvaluateData {
  TextEvaluateSettings& settings;
  template <typename V>
  void visit(V& v) {
    v("test_file", settings.test_file, "CSV, TSV or JSONL file with labels, or a folder per class");
    v("on_bad_row", settings.on_bad_row, "Stop at rows that cannot be used, or leave them out");
  }
};

struct PredictData {
  TextPredictSettings& settings;
  template <typename V>
  void visit(V& v) {
    v("text", settings.text, "A text to classify");
    v("input_file", settings.input_file,
      "CSV, TSV or JSONL file with a column of texts, or .txt with a text a line");
  }
};

}  // namespace

void TextClassification::add_options(config::Schema& schema, Verb verb) {
  if (verb == Verb::train) return add_train_options(schema, train_);
  schema.add_section(kPretrained, "the saved model");
  schema.add_section(kData, "what it is applied to");
  schema.add_section(kAdapt, "for models without a run.yaml");
  schema.add_section(kEval, "how it runs, and what is written");
  if (verb == Verb::evaluate) {
    EvaluateData data{evaluate_};
    schema.add(kPretrained, evaluate_.pretrained);
    schema.add(kData, data);
    schema.add(kData, evaluate_.columns);
    schema.add(kAdapt, evaluate_.classifier);
    schema.add(kEval, evaluate_.apply);
  } else {
    PredictData data{predict_};
    schema.add(kPretrained, predict_.pretrained);
    schema.add(kData, data);
    schema.add(kData, predict_.columns);
    schema.add(kAdapt, predict_.classifier);
    schema.add(kEval, predict_.apply);
  }
}

}  // namespace attune
