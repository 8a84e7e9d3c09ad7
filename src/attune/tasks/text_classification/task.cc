#include "attune/tasks/text_classification/task.h"

#include "attune/tasks/run/sections.h"

namespace attune {
namespace {

/// No section of `train`: what a saved run.yaml says of the files it was trained on is not taken
/// for those that the model is applied to.
constexpr const char* kInputSection = "input";

/// `test_file`, `split` and `on_bad_row` of `evaluate`, without a struct of their own.
struct EvaluateData {
  TextEvaluateSettings& settings;
  template <typename V>
  void visit(V& v) {
    v("test_file", settings.test_file,
      "CSV, TSV, JSONL or JSON file with labels, or a folder per class");
    v("split", settings.split, "Part to evaluate on, where a split column says which is which")
        .only_for({kGivenParts});
    v("on_bad_row", settings.on_bad_row, "Stop at rows that cannot be used, or leave them out");
  }
};

struct PredictData {
  TextPredictSettings& settings;
  template <typename V>
  void visit(V& v) {
    v("text", settings.text, "A text to classify");
    v("text_pair", settings.text_pair, "The second text of a pair, for models of pairs")
        .only_for({kGivenTexts});
    v("input_file", settings.input_file,
      "CSV, TSV, JSONL or JSON file with a column of texts, or .txt with a text a line; - reads "
      "standard input");
    v("input_format", settings.input_format,
      "How it is written (default: by its ending; standard input: by its first line)")
        .only_for({kDelimitedTable, kJsonTable, kTextLines});
    settings.encoding.visit(v);
    v("keep_columns", settings.keep_columns,
      "Columns of the input that go through to the predictions; all for all")
        .only_for({kDelimitedTable, kJsonTable, kTextLines, kTextFolder});
  }
};

/// Of the columns those that are read.
struct EvaluateColumns {
  TextColumns& columns;
  template <typename V>
  void visit(V& v) {
    columns.visit_labelled(v);
  }
};

struct TextOnlyColumns {
  TextColumns& columns;
  template <typename V>
  void visit(V& v) {
    columns.visit_texts(v);
  }
};

struct SavedClassifierOptions {
  ClassifierOptions& classifier;
  template <typename V>
  void visit(V& v) {
    classifier.visit_saved(v);
  }
};

template <typename Settings, typename Columns>
void add_apply_options(config::Schema& schema, Settings& settings, Columns columns) {
  schema.add_section(kPretrainedSection, "the saved model");
  schema.add(kPretrainedSection, settings.pretrained);
  schema.add_section(kModelSection, "what a checkpoint does not say of itself");
  schema.add(kModelSection, settings.pretrained.weights);
  schema.add_section(kInputSection, "what it is applied to");
  schema.add_section(kDataSection, "how tables are read (default: as in training)");
  schema.add(kDataSection, columns);
  schema.add(kDataSection, settings.labels);
  // No section of `train`: a saved model's config.json says what it is, and nothing else does.
  schema.add_section(kModelSection, "for models whose config.json does not say");
  SavedClassifierOptions classifier{settings.classifier};
  schema.add(kModelSection, classifier);
  schema.add_section(kEvalSection, "how it runs, and what is written");
  schema.add(kEvalSection, settings.apply);
}

void add_evaluate_options(config::Schema& schema, TextEvaluateSettings& settings) {
  add_apply_options(schema, settings, EvaluateColumns{settings.columns});
  EvaluateData data{settings};
  schema.add(kDataSection, data);
  schema.add(kInputSection, settings.encoding);
  schema.add(kEvalSection, settings.threshold);
}

void add_predict_options(config::Schema& schema, TextPredictSettings& settings) {
  add_apply_options(schema, settings, TextOnlyColumns{settings.columns});
  PredictData data{settings};
  schema.add(kInputSection, data);
  schema.add(kEvalSection, settings.prediction);
}

}  // namespace

void TextClassification::add_options(config::Schema& schema, Verb verb) {
  switch (verb) {
    case Verb::train:
      add_run_options(schema, train_, std::tie(train_.data, train_.columns),
                      std::tie(train_.classifier), std::tie(train_.loss));
      return schema.add(kEvalSection, train_.threshold);
    case Verb::evaluate:
      return add_evaluate_options(schema, evaluate_);
    case Verb::predict:
      return add_predict_options(schema, predict_);
    case Verb::check:
      add_options(schema, Verb::train);
      return add_check_options(schema, check_);
  }
}

}  // namespace attune
