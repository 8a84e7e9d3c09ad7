#pragma once

#include <string>

#include "attune/config/schema.h"
#include "attune/data/image/image_dataset.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/classification/results/prediction.h"
#include "attune/tasks/image_classification/options.h"
#include "attune/tasks/image_classification/predictor.h"
#include "attune/tasks/image_classification/saved_classifier.h"

namespace attune {

/// Where labelled pictures to evaluate on are.
struct ImageEvaluateData {
  std::string data_dir, manifest, root, data_file;
  EncodingOption encoding;
  GivenSplit split = GivenSplit::test;
  OnBadRow on_bad_row = OnBadRow::error;
  DecodeMemoryOption decoding;

  template <typename V>
  void visit(V& v) {
    v("data_dir", data_dir, "Folder with a folder of pictures per class");
    v("manifest", manifest, "CSV, TSV or JSONL file with a row per picture");
    v("root", root, "Folder that the manifest's paths begin at (default: its own)");
    v("data_file", data_file, "File of many pictures: MedMNIST .npz");
    encoding.visit(v);
    v("split", split, "Part to evaluate on, where the data says which is which")
        .only_for({kGivenParts});
    v("on_bad_row", on_bad_row, "Stop at pictures that cannot be used, or leave them out");
    decoding.visit(v);
  }
};

/// Columns that `evaluate` reads.
struct EvaluateColumns : ManifestColumns {
  template <typename V>
  void visit(V& v) {
    visit_labelled(v);
  }
};

/// Settings of `attune evaluate`.
struct ImageEvaluateSettings {
  PretrainedOptions pretrained;
  ImageEvaluateData data;
  EvaluateColumns columns;
  OutputLabels labels;
  ImageModelOptions model;
  ThresholdOption threshold;  ///< an option of tasks that store no decision
  ImageProcessorOptions input;
  EvaluateApplyOptions apply;
};

/// Without labels.
struct PredictColumns : ManifestColumns {
  template <typename V>
  void visit(V& v) {
    visit_pictures(v);
  }
};

/// What to predict.
struct ImagePredictData {
  config::Texts input;
  std::string manifest, root;
  EncodingOption encoding;
  std::vector<std::string> keep_columns;
  OnBadRow on_bad_row = OnBadRow::skip;
  DecodeMemoryOption decoding;

  template <typename V>
  void visit(V& v) {
    v("input", input,
      "Picture, folder of pictures, pattern such as \"photos/*.jpg\", or .txt file with a path a "
      "line; - reads such lines from standard input");
    v("manifest", manifest,
      "CSV, TSV, JSONL or JSON file with a row per picture; - reads standard input");
    v("root", root, "Folder that the manifest's paths begin at (default: its own)")
        .only_for({kDelimitedTable, kJsonTable});
    encoding.visit(v);
    v("keep_columns", keep_columns,
      "Columns of the manifest that go through to the predictions; all for all")
        .only_for({kDelimitedTable, kJsonTable});
    v("on_bad_row", on_bad_row,
      "Say on its line that a picture cannot be read and go on, or stop there: then nothing is "
      "written");
    decoding.visit(v);
  }
};

/// Settings of `attune predict`.
struct ImagePredictSettings {
  PretrainedOptions pretrained;
  ImagePredictData data;
  OutputLabels labels;
  PredictColumns columns;
  ImageModelOptions model;
  PredictionOptions prediction;
  ImageProcessorOptions input;
  PredictApplyOptions apply;
};

/// A saved model and what it made of labelled pictures.
struct AppliedClassifier {
  SavedImageClassifier saved;
  ImageDataset data;
  std::string source;  ///< where they are, for people
  ClassificationEvaluation evaluation;
};

/// Adds a problem where there is nothing to evaluate on, and for options that it has no use for.
void find_evaluate_problems(const ImageEvaluateSettings& settings, config::Schema& schema);

/// `attune evaluate`. The evaluation has logits.
AppliedClassifier evaluate_saved(const ImageEvaluateSettings& settings, SavedImageClassifier saved,
                                 config::Schema& schema);

/// Prints what was found out, and writes it where the user asked for a file.
void show_evaluation(const ImageEvaluateSettings& settings, const AppliedClassifier& applied);

/// `attune predict`: batch after batch, so that memory does not grow with the number of pictures.
void predict_images(const ImagePredictSettings& settings, SavedImageClassifier saved,
                    PredictionStyle style, config::Schema& schema);

/// Adds a problem where there is nothing to predict.
void find_predict_problems(const ImagePredictSettings& settings, config::Schema& schema);

}  // namespace attune
