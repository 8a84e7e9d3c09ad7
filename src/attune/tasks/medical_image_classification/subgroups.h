#pragma once

#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/data/image_dataset.h"
#include "attune/eval/report/report_data.h"
#include "attune/tasks/medical_image_classification/decision.h"

namespace attune {

/// Throws `user` where a column of subgroups has too many values to look at (ages, not age bands).
void check_subgroups(const ImageDataset& pictures);

/// What the decisions are worth on the pictures that share a value of a column of subgroups: one
/// entry for each column and each class with a threshold. `data` is of `pictures`.
std::vector<GroupResults> results_by_subgroup(const ScoredData& data, const ImageDataset& pictures,
                                              const Decision& decision,
                                              const DecisionSettings& options);

/// A table for each entry, for people.
std::string subgroups_text(const std::vector<GroupResults>& results);
/// {column: {class: {value: {"samples", "positive", "auroc", "auroc_low", ...}}}}; what is not
/// defined is left out.
Json subgroups_to_json(const std::vector<GroupResults>& results);

}  // namespace attune
