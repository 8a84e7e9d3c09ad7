#include <algorithm>

#include <fmt/format.h>

#include "attune/adapt/plan.h"
#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"

namespace attune {

/// When a depth group begins to train; people count epochs and steps from 1.
std::string AdaptPlan::when(std::int64_t group) const {
  if (group < lowest_scheduled() || !groups_[static_cast<std::size_t>(group)].trains()) {
    return "never";
  }
  const std::int64_t from_head = depth() - 1 - group, head_only = head_only_steps();
  if (from_head == 0) return "now";
  const bool layer_wise = options_.strategy == Strategy::layer_wise;
  const std::int64_t unfrozen = layer_wise ? from_head * options_.unfreeze_interval : 0;
  if (layer_wise && options_.unfreeze_every == UnfreezeUnit::epochs) {
    // How many steps an epoch has is not known here.
    return fmt::format("from epoch {}", unfrozen + 1) +
           (head_only > 0 ? fmt::format(", not before step {}", head_only + 1) : "");
  }
  const std::int64_t first = std::max(unfrozen, head_only);
  return first == 0 ? "now" : fmt::format("from step {}", first + 1);
}

std::vector<PlanRow> AdaptPlan::rows(std::int64_t first_reached) const {
  std::vector<PlanRow> rows;
  for (std::int64_t g = 0; g < depth(); ++g) {
    const Group& group = groups_[static_cast<std::size_t>(g)];
    PlanRow row{.group = group.depth.name, .trains = when(g)};
    // A run of fewer epochs than groups never comes so far down; counting those parameters as
    // trained would be wrong.
    if (row.trains != "never" && g < first_reached) row.trains = "not reached";
    const bool trains = row.trains != "never" && g >= first_reached;
    if (trains) row.learning_rate = group.learning_rate;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const std::int64_t count = group.parameters[i].tensor.numel();
      row.parameters += count;
      if (trains && !group.frozen[i]) row.trained_parameters += count;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string AdaptPlan::to_text(std::int64_t first_reached) const {
  std::size_t width = 5, trains_width = 16;
  std::int64_t trained = 0, all = 0;
  const std::vector<PlanRow> table = rows(first_reached);
  for (const PlanRow& row : table) {
    width = std::max(width, row.group.size());
    trains_width = std::max(trains_width, row.trains.size());
    trained += row.trained_parameters;
    all += row.parameters;
  }
  const std::string line = "{:<{}}  {:<{}}  {:>13}  {:>13}  {:>13}\n";
  std::string text = fmt::format(fmt::runtime(line), "group", width, "trains", trains_width,
                                 "learning rate", "trained", "parameters");
  for (const PlanRow& row : table) {
    const std::string rate =
        row.learning_rate == 0 ? "-" : fmt::format("{:.3g}", row.learning_rate);
    text += fmt::format(fmt::runtime(line), row.group, width, row.trains, trains_width, rate,
                        with_thousands(row.trained_parameters), with_thousands(row.parameters));
  }
  return text + fmt::format("{} of {} parameters train ({:.1f} %)\n", with_thousands(trained),
                            with_thousands(all),
                            100.0 * static_cast<double>(trained) / static_cast<double>(all));
}

}  // namespace attune
