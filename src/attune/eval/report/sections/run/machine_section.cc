#include "attune/eval/report/sections/run/machine_section.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/eval/report/sections/run/key_value_cards.h"

namespace attune {
namespace {

std::vector<KeyValue> timing_items(const ReportTimings& timings) {
  std::vector<KeyValue> items;
  const auto add = [&](std::string key, double value, std::string text) {
    // 0 stands for what is not known.
    if (value > 0) items.push_back({std::move(key), std::move(text)});
  };
  const auto add_rate = [&](const char* what, const std::string& unit, double rate) {
    add(fmt::format("{}, {}/s", what, unit), rate, number_text(rate));
  };
  add("training", timings.train_seconds, human_duration(timings.train_seconds));
  add_rate("training", timings.unit, timings.train_samples_per_second);
  // Where all samples cost the same, this would repeat the line above in other words.
  if (!timings.cost_unit.empty()) {
    add_rate("training", timings.cost_unit, timings.train_cost_per_second);
  }
  add("evaluation", timings.eval_seconds, human_duration(timings.eval_seconds));
  add_rate("evaluation", timings.unit, timings.eval_samples_per_second);
  add("peak memory", static_cast<double>(timings.peak_rss_bytes),
      human_bytes(timings.peak_rss_bytes));
  return items;
}

}  // namespace

std::vector<ReportNumber> timing_numbers(const ReportTimings& timings) {
  std::vector<ReportNumber> numbers;
  if (timings.train_seconds > 0) {
    const double rate = timings.train_samples_per_second;
    numbers.push_back({"Training time", human_duration(timings.train_seconds),
                       rate > 0 ? fmt::format("{} {}/s", number_text(rate), timings.unit) : ""});
  }
  if (timings.peak_rss_bytes > 0) {
    numbers.push_back({"Peak memory", human_bytes(timings.peak_rss_bytes), "resident"});
  }
  return numbers;
}

std::optional<Section> machine_section(const std::vector<KeyValue>& model,
                                       const ReportTimings& timings,
                                       const std::vector<KeyValue>& versions) {
  Html body = key_value_cards(std::array<KeyValueGroup, 3>{
      {{"Model", model}, {"Time and memory", timing_items(timings)}, {"Versions", versions}}});
  if (body.code.empty()) return std::nullopt;
  return Section{"Model and machine", std::move(body), Place::settings};
}

}  // namespace attune
