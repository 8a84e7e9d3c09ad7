#include "attune/eval/report/sections/report_data.h"

namespace attune {

ClassResults class_results(const ClassificationMetrics& metrics) {
  return {metrics.label_names(), metrics.per_class(), metrics.confusion(), metrics.calibration()};
}

ClassResults class_results(const MultilabelMetrics& metrics) {
  return {metrics.label_names(), metrics.per_class(), std::nullopt, std::nullopt};
}

}  // namespace attune
