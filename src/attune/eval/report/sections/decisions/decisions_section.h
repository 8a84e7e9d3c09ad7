#pragma once

#include <optional>
#include <span>
#include <vector>

#include "attune/eval/report/page/section.h"
#include "attune/eval/report/sections/decisions/decision_cards.h"

namespace attune {

/// What the decisions for each class are worth.
struct DecisionReport {
  std::vector<DecisionResults> results;  ///< one a class; of two classes the positive one
  std::optional<TemperatureResults> temperature;
  std::vector<GroupResults> groups;
};

/// "Decisions": curves, rates with their intervals, calibration, subgroups; none where all of it is
/// empty.
std::optional<Section> decisions_section(const DecisionReport& decisions);

/// "Decisions" of a task that is not about them: just the curves; none without a class that has
/// both positive and negative samples.
std::optional<Section> curves_section(std::span<const DecisionResults> results);

}  // namespace attune
