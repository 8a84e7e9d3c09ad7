#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/data/image/image_dataset.h"
#include "attune/eval/report/sections/decisions/decision_cards.h"
#include "attune/tasks/medical_image_classification/decision.h"

namespace attune {

/// Throws `user` where a column of subgroups has too many values to look at (ages, not age bands).
void check_subgroups(const ImageDataset& pictures);

/// What the decisions are worth on the pictures that share a value of a column of subgroups: one
/// entry for each column and each of `label_decisions`. `data` is of `pictures`; `clusters` as in
/// `judge_decision`.
std::vector<GroupResults> results_by_subgroup(const ScoredData& data, const ImageDataset& pictures,
                                              const Decision& decision,
                                              const JudgingSettings& settings,
                                              std::span<const std::int64_t> clusters);

}  // namespace attune
