#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "attune/eval/report/charts/line_chart.h"
#include "attune/eval/report/page/section.h"

namespace attune {

/// One depth group of the model, from input to head.
struct TrainedGroup {
  std::string name;
  std::int64_t parameters = 0;
  std::int64_t trained_parameters = 0;  ///< 0: frozen
  double learning_rate = 0.0;           ///< the peak; of no meaning where frozen
  std::string note;                     ///< "from epoch 2", "frozen, cached"
};

/// "Training": its course (see `charts_from_log_history`) and what was trained; none without
/// either.
std::optional<Section> training_section(std::span<const LineChart> charts,
                                        std::span<const TrainedGroup> groups);

}  // namespace attune
