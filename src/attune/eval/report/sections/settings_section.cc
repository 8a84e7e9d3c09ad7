#include <fmt/format.h>

#include "attune/base/strings.h"
#include "attune/eval/report/sections/sections.h"

namespace attune {
namespace {

std::vector<KeyValue> timing_items(const ReportTimings& timings) {
  std::vector<KeyValue> items;
  const auto add = [&](const char* key, double value, std::string text) {
    if (value > 0) items.push_back({key, std::move(text)});
  };
  add("training", timings.train_seconds, human_duration(timings.train_seconds));
  add("training, samples/s", timings.train_samples_per_second,
      number_text(timings.train_samples_per_second));
  add("training, tokens/s", timings.train_tokens_per_second,
      number_text(timings.train_tokens_per_second));
  add("evaluation", timings.eval_seconds, human_duration(timings.eval_seconds));
  add("evaluation, samples/s", timings.eval_samples_per_second,
      number_text(timings.eval_samples_per_second));
  add("peak memory", static_cast<double>(timings.peak_rss_bytes),
      human_bytes(timings.peak_rss_bytes));
  return items;
}

}  // namespace

Html settings_html(const std::vector<KeyValueGroup>& settings) {
  std::vector<Html> cards;
  for (const KeyValueGroup& group : settings) {
    if (!group.items.empty()) cards.push_back(html_card(group.title, html_key_values(group.items)));
  }
  return cards.empty() ? Html{} : html_flow(cards);
}

Html environment_html(const ReportData& data) {
  return settings_html({{"Model", data.model},
                        {"Time and memory", timing_items(data.timings)},
                        {"Versions", data.versions}});
}

}  // namespace attune
