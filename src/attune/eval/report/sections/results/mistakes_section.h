#pragma once

#include <optional>
#include <span>
#include <string>

#include "attune/eval/report/page/section.h"

namespace attune {

/// A sample the model got wrong, in words.
struct ReportMistake {
  std::string text;   ///< is shortened
  std::string where;  ///< "test.csv:17"
  std::string truth, prediction;
  std::optional<double> truth_probability, prediction_probability;
};

/// "Mistakes": texts, the worst first; none without mistakes.
std::optional<Section> mistakes_section(std::span<const ReportMistake> mistakes);

}  // namespace attune
