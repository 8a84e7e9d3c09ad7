#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/metrics/calibration/temperature.h"
#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/metrics/labels/class_scores.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/confusion_matrix.h"
#include "attune/eval/metrics/labels/group_metrics.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"
#include "attune/eval/metrics/metric_values.h"
#include "attune/eval/report/charts/charts.h"
#include "attune/eval/report/charts/image_grid.h"
#include "attune/eval/report/page/page.h"

namespace attune {

/// Names and their values under a heading, e.g. the settings of one stage.
struct KeyValueGroup {
  std::string title;
  std::vector<KeyValue> items;
};

struct DataSplit {
  std::string name;    ///< "train"
  std::string source;  ///< "reviews.csv, 10 % held out"
  std::int64_t samples = 0;
};

/// How many samples each class has in each split.
struct ClassBalance {
  std::vector<std::string> class_names;
  std::vector<std::string> split_names;
  std::vector<std::vector<std::int64_t>> counts;  ///< [split][class]
};

/// What was read. Parts that are left empty are not shown.
struct DataSummary {
  std::vector<DataSplit> splits;
  std::optional<ClassBalance> class_balance;
  /// Lengths of the samples, in `length_unit`; `max_length` (0: none) is marked.
  std::vector<double> lengths;
  std::string length_unit = "tokens";
  std::int64_t max_length = 0;
  std::vector<KeyValue> facts;        ///< duplicates, bad rows, truncated samples ...
  std::vector<std::string> warnings;  ///< sentences
};

/// One depth group of the model, from input to head.
struct TrainedGroup {
  std::string name;
  std::int64_t parameters = 0;
  std::int64_t trained_parameters = 0;  ///< 0: frozen
  double learning_rate = 0.0;           ///< the peak; of no meaning where frozen
  std::string note;                     ///< "from epoch 2", "frozen, cached"
};

/// The classes of a classifier: `confusion` and `calibration` where each sample has one label.
struct ClassResults {
  std::vector<std::string> names;
  std::vector<ClassScores> scores;
  std::optional<ConfusionMatrix> confusion;
  std::optional<Calibration> calibration;
  std::string decided_by = {};  ///< a sentence, where not the largest probability decides
};
ClassResults class_results(const ClassificationMetrics& metrics);
ClassResults class_results(const MultilabelMetrics& metrics);

/// Equal sizes.
struct RegressionResults {
  std::vector<float> predictions, targets;
};

/// A sample the model got wrong, in words.
struct ReportMistake {
  std::string text;   ///< is shortened
  std::string where;  ///< "test.csv:17"
  std::string truth, prediction;
  std::optional<double> truth_probability, prediction_probability;
};

/// Probabilities before and after temperature scaling, both on the data of the report.
struct TemperatureResults {
  double temperature = 1.0;
  std::string fitted_on;  ///< "validation, 120 samples"
  CalibrationScores before, after;
};

/// Results for each value of a column.
struct GroupResults {
  std::string column;      ///< "site"
  std::string class_name;  ///< the class called positive
  std::vector<GroupMetrics> groups;
};

/// Zero where not known.
struct ReportTimings {
  double train_seconds = 0.0;
  double eval_seconds = 0.0;
  double train_samples_per_second = 0.0;
  double train_tokens_per_second = 0.0;
  double eval_samples_per_second = 0.0;
  std::uint64_t peak_rss_bytes = 0;
};

/// Everything a report shows. No part is required but the title; what is empty is left out.
struct ReportData {
  std::string title, subtitle;
  std::vector<ReportNumber> summary;  ///< stands before the numbers made from `metrics`
  MetricValues metrics;               ///< the final ones
  std::string evaluated_on;           ///< "test.csv"
  std::int64_t evaluated_samples = 0;
  std::optional<ClassResults> classes;
  std::optional<RegressionResults> regression;
  std::vector<DecisionResults> decisions;  ///< one a class; of two classes the positive one
  /// The same where only the curves are shown: of a task that is not about decisions.
  std::vector<DecisionResults> curves;
  std::optional<TemperatureResults> temperature;
  std::vector<GroupResults> group_results;
  std::vector<ReportMistake> mistakes;
  std::vector<ImageTile> mistake_images;    ///< the worst first
  std::vector<ImageTile> augmented_images;  ///< inputs as training saw them
  std::vector<LineChart> charts;            ///< of training: see `charts_from_log_history`
  std::vector<TrainedGroup> groups;
  DataSummary data;
  std::vector<ReportSection> sections;  ///< a task's own, shown after the mistakes
  std::vector<KeyValueGroup> settings;
  std::vector<KeyValue> model;     ///< family, parameters, checkpoint ...
  std::vector<KeyValue> versions;  ///< attune, LibTorch, processor ...
  ReportTimings timings;
};

}  // namespace attune
