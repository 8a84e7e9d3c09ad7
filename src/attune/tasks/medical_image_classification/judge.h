#pragma once

#include <cstdint>
#include <vector>

#include "attune/data/image/image_dataset.h"
#include "attune/eval/report/sections/decisions/decision_cards.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/medical_image_classification/decision.h"

namespace attune {

/// What the decisions on a data set are worth.
struct JudgedDecisions {
  std::vector<DecisionResults> results;  ///< see `label_decisions`
  std::vector<GroupResults> subgroups;
};

/// Judges the decisions on `data`, which is of `pictures`; where these have groups (patients), the
/// intervals draw whole groups. Completes `evaluation`, which is of `data`:
/// - its metrics and mistakes are those of the decisions (see `decide_by_thresholds`);
/// - `auroc_low`, `auroc_high` (of several labels or classes: of the mean), of one decision also
///   `sensitivity`, `specificity` ...; `ece`, and `ece_calibrated` that the temperature leaves;
/// - details `decisions` ({label: results}) and, where there are such columns, `subgroups`
///   ({column: {label: {value: results}}}), and tables of both.
JudgedDecisions judge_evaluation(ClassificationEvaluation& evaluation, const ScoredData& data,
                                 const ImageDataset& pictures, const Decision& decision,
                                 const JudgingSettings& settings, std::int64_t max_mistakes);

}  // namespace attune
