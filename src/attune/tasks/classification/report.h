#pragma once

#include <string>
#include <vector>

#include "attune/adapt/plan.h"
#include "attune/config/schema.h"
#include "attune/data/statistics.h"
#include "attune/eval/report.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/train/loop.h"

namespace attune {

/// What the report of every classification run shows.
struct ClassificationReportFacts {
  std::string model_name;  ///< as the user gave it
  std::string family;
  const config::Schema& schema;
  std::vector<PlanRow> plan;
  const TrainResult& result;
  std::string precision;  ///< of matrix products in training
  double eval_seconds = 0;
  const ClassificationEvaluation* evaluation = nullptr;  ///< what was evaluated last, if anything
  std::string evaluated_name;
};

/// Without title, data and mistakes: those are the task's.
ReportData make_classification_report(const ClassificationReportFacts& facts);

/// What the report says of labelled data: splits, class balance, rows left out, duplicates.
/// `sources` names the file of each split; `unit` is what examples are, e.g. "texts".
DataSummary summarize_data(const DatasetStatistics& statistics,
                           const std::vector<std::string>& sources, const std::string& unit);

/// Truth and prediction of a mistake in words; `targets` are those of the data it is from.
ReportMistake describe_labels(const Mistake& mistake, ProblemType problem,
                              const std::vector<std::string>& labels, const Targets& targets);

}  // namespace attune
