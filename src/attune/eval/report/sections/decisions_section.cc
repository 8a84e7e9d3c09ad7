#include "attune/eval/report/sections/decision_cards.h"
#include "attune/eval/report/sections/sections.h"

namespace attune {

Html decisions_html(const ReportData& data) {
  Html html;
  const std::vector<Html> curves =
      curve_cards(data.decisions.empty() ? data.curves : data.decisions);
  if (!curves.empty()) html += html_columns(curves);
  if (data.decisions.size() > 1) html += decision_table_card(data.decisions);
  std::vector<Html> pair;
  if (data.decisions.size() == 1) pair.push_back(decision_card(data.decisions.front()));
  if (data.temperature) pair.push_back(temperature_card(*data.temperature));
  if (!pair.empty()) html += html_columns(pair);
  for (const GroupResults& results : data.group_results) html += group_card(results);
  return html;
}

}  // namespace attune
