#include "attune/eval/report/sections/results/metrics_card.h"

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {

Html metrics_card(const EvaluatedMetrics& metrics) {
  std::vector<KeyValue> items;
  for (const auto& [name, value] : metrics.values.values) {
    items.push_back({metric_title(metrics.infos, name), number_text(value)});
  }
  for (const auto& [name, reason] : metrics.values.undefined) {
    items.push_back({metric_title(metrics.infos, name), "undefined: " + reason});
  }
  std::string note = metrics.data_name;
  if (metrics.samples > 0) {
    note += fmt::format("{}{} samples", note.empty() ? "" : ", ", with_thousands(metrics.samples));
  }
  return html_card("Metrics", html_key_values(items), note);
}

}  // namespace attune
