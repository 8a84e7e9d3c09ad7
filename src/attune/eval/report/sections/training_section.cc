#include <fmt/format.h>

#include "attune/base/strings.h"
#include "attune/eval/report/sections/sections.h"

namespace attune {
namespace {

Html groups_card(const std::vector<TrainedGroup>& groups) {
  HtmlTable table{
      {{"group"}, {"parameters", true}, {"trained", true}, {"learning rate", true}, {""}}, {}};
  std::int64_t parameters = 0, trained = 0;
  for (const TrainedGroup& group : groups) {
    parameters += group.parameters;
    trained += group.trained_parameters;
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

Html training_html(const ReportData& data) {
  Html html;
  std::vector<Html> cards;
  for (const LineChart& chart : data.charts) cards.push_back(line_chart(chart));
  if (!cards.empty()) html += html_columns(cards);
  if (!data.groups.empty()) html += groups_card(data.groups);
  return html;
}

}  // namespace attune
