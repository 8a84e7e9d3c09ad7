#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/calibration/temperature.h"
#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/metrics/labels/group_metrics.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// Probabilities before and after temperature scaling, both on the data of the report.
struct TemperatureResults {
  double temperature = 1.0;
  std::string fitted_on;  ///< "validation, 120 samples"
  CalibrationScores before, after;
};

/// Results for each value of a column.
struct GroupResults {
  std::string column;      ///< "site"
  std::string class_name;  ///< the class called positive
  std::vector<GroupMetrics> groups;
};

/// One class in full.
Html decision_card(const DecisionResults& results);
/// A row a class. Requires a class.
Html decision_table_card(std::span<const DecisionResults> decisions);

Html group_card(const GroupResults& results);
Html temperature_card(const TemperatureResults& results);

}  // namespace attune
