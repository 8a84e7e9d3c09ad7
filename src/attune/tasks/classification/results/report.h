#pragma once

#include <string>
#include <vector>

#include "attune/data/statistics.h"
#include "attune/eval/report.h"
#include "attune/eval/report/sections/decisions/decisions_section.h"
#include "attune/eval/report/sections/results/mistakes_section.h"
#include "attune/eval/report/sections/run/data_section.h"
#include "attune/tasks/classification/evaluation.h"

namespace attune {

/// What a task that decides has to say of its decisions; without results there are none.
struct DecidedResults {
  DecisionReport decisions;
  std::string decided_by;  ///< a sentence, where not the largest probability decides
};

/// Puts the metrics that tell most before the headline, and adds the sections "Results" and
/// "Decisions" (without decisions just curves). `data_name`: what was evaluated, "test".
void add_results(const ClassificationEvaluation& evaluation, const std::string& data_name,
                 const DecidedResults& decided, Report& report);

/// What the report says of labelled data: splits, class balance, rows left out, duplicates.
/// `sources` names the file of each split; `unit` is what examples are, e.g. "texts".
DataSummary summarize_data(const DatasetStatistics& statistics,
                           const std::vector<std::string>& sources, const std::string& unit);

/// Truth and prediction of a mistake in words; `targets` are those of the data it is from.
ReportMistake describe_labels(const Mistake& mistake, ProblemType problem,
                              const std::vector<std::string>& labels, const Targets& targets);

}  // namespace attune
