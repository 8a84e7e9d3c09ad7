#pragma once

#include <string>
#include <vector>

#include "attune/data/statistics.h"
#include "attune/eval/report.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/run/fine_tuning.h"

namespace attune {

/// Without title, data and mistakes: those are the task's. `evaluation` is what was evaluated last,
/// or null.
ReportData make_classification_report(const FinishedRun& run,
                                      const ClassificationEvaluation* evaluation);

/// What the report says of labelled data: splits, class balance, rows left out, duplicates.
/// `sources` names the file of each split; `unit` is what examples are, e.g. "texts".
DataSummary summarize_data(const DatasetStatistics& statistics,
                           const std::vector<std::string>& sources, const std::string& unit);

/// Truth and prediction of a mistake in words; `targets` are those of the data it is from.
ReportMistake describe_labels(const Mistake& mistake, ProblemType problem,
                              const std::vector<std::string>& labels, const Targets& targets);

}  // namespace attune
