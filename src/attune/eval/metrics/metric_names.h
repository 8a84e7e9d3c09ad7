#pragma once

#include <string_view>
#include <vector>

#include "attune/eval/metrics/metric_info.h"

namespace attune {

/// The metric of that name among `metrics`, or null. Besides attune's own names it knows those of
/// scikit-learn (functions and scorers, `roc_auc`, `matthews_corrcoef`, `neg_log_loss`), of Hugging
/// Face's evaluate and of common scripts (`macro_f1`, `acc`), with `eval_` or without. A name that
/// means another metric by what is judged means that of `metrics`: accuracy_score of several labels
/// is the share of samples that are right in all.
const MetricInfo* find_metric(const std::vector<MetricInfo>& metrics, std::string_view name);

}  // namespace attune
