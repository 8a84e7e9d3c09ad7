#pragma once

#include <span>

#include "attune/eval/report/sections/report_data.h"

namespace attune {

// Cards of the section on decisions.

/// ROC and precision-recall curves with the operating points; empty where no class has both
/// positive and negative samples. Of more classes than colours the most frequent.
std::vector<Html> curve_cards(std::span<const DecisionResults> decisions);

/// One class in full.
Html decision_card(const DecisionResults& results);
/// A row a class.
Html decision_table_card(std::span<const DecisionResults> decisions);

Html group_card(const GroupResults& results);
Html temperature_card(const TemperatureResults& results);

/// `0.912 (0.871 to 0.944)`; a dash where it is undefined.
Html estimate_html(const Estimate& estimate);

}  // namespace attune
