#include "attune/eval/report/sections/run/training_section.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {
namespace {

Html groups_card(std::span<const TrainedGroup> groups) {
  HtmlTable table{
      {{"group"}, {"parameters", true}, {"trained", true}, {"learning rate", true}, {""}}, {}};
  std::int64_t parameters = 0, trained = 0;
  for (const TrainedGroup& group : groups) {
    parameters += group.parameters;
    trained += group.trained_parameters;
    // A frozen group has a rate in the plan, which it never uses: it is not shown.
    const bool frozen = group.trained_parameters == 0;
    table.rows.push_back({html_text(group.name), html_text(with_thousands(group.parameters)),
                          html_text(frozen ? "frozen" : with_thousands(group.trained_parameters)),
                          html_text(frozen ? "" : fmt::format("{:.3g}", group.learning_rate)),
                          html_text(group.note)});
  }
  const double share =
      parameters == 0 ? 0.0 : static_cast<double>(trained) / static_cast<double>(parameters);
  return html_card("What was trained", html_table(table),
                   fmt::format("{} of {} parameters ({})", with_thousands(trained),
                               with_thousands(parameters), percent_text(share)));
}

}  // namespace

std::optional<Section> training_section(std::span<const LineChart> charts,
                                        std::span<const TrainedGroup> groups) {
  Html body;
  std::vector<Html> cards;
  for (const LineChart& chart : charts) cards.push_back(line_chart(chart));
  if (!cards.empty()) body += html_columns(cards);
  if (!groups.empty()) body += groups_card(groups);
  if (body.code.empty()) return std::nullopt;
  return Section{"Training", std::move(body), Place::training};
}

}  // namespace attune
