#pragma once

#include <optional>
#include <string>

#include "attune/adapt/plan.h"
#include "attune/config/schema.h"
#include "attune/data/statistics.h"
#include "attune/eval/report.h"
#include "attune/tasks/text_classification/evaluation.h"
#include "attune/tasks/text_classification/text_data.h"

namespace attune {

/// Everything of a finished run that its report shows.
struct TextRunFacts {
  std::string model_name;  ///< as the user gave it
  std::string family;
  const config::Schema* schema = nullptr;
  const AdaptPlan* plan = nullptr;
  const DatasetStatistics* statistics = nullptr;
  std::vector<std::pair<std::string, const TextData*>> splits;  ///< "train", "validation", ...
  std::int64_t max_length = 0;
  Json log_history;
  std::int64_t best_step = 0;
  /// What was evaluated last, its results and texts; absent without evaluation data.
  const TextEvaluation* evaluation = nullptr;
  const TextData* evaluated = nullptr;
  std::string evaluated_name;
  std::vector<std::string> labels;
  ProblemType problem = ProblemType::single_label_classification;
  std::string precision;  ///< of matrix products in training
  ReportTimings timings;
};

ReportData make_report(const TextRunFacts& facts);

}  // namespace attune
