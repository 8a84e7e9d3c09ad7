#include "attune/eval/report/sections/speech/rates_by_group.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {
namespace {

constexpr double kDurationSteps = 6;
constexpr std::size_t kTallRates = 20;  // beyond, the table scrolls in its card

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `width`.
double round_width(double width) {
  const double power = std::pow(10.0, std::floor(std::log10(width)));
  for (const double part : {1.0, 2.0, 2.5, 5.0}) {
    if (part * power >= width * (1 - 1e-9)) return part * power;
  }
  return 10 * power;
}

/// Of a few long recordings the steps must not be so wide that all others are in the first.
double usual_longest(std::vector<double> seconds) {
  const auto at =
      seconds.begin() + static_cast<std::ptrdiff_t>(0.98 * static_cast<double>(seconds.size() - 1));
  std::ranges::nth_element(seconds, at);
  return *at;
}

void add_clip(RateGroup& group, const EditCounts& words) {
  ++group.clips;
  group.words += words;
}

}  // namespace

std::vector<RateGroup> rates_by_duration(const TranscriptEvaluation& evaluation) {
  std::vector<double> seconds;
  for (const TranscriptResult& text : evaluation.texts) seconds.push_back(text.seconds);
  if (seconds.empty() || usual_longest(seconds) <= 0) return {};
  const double width = round_width(usual_longest(seconds) / kDurationSteps);
  std::map<int, RateGroup> steps;
  const int last = static_cast<int>(kDurationSteps) - 1;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const int step = static_cast<int>(std::min(seconds[i] / width, static_cast<double>(last)));
    RateGroup& group = steps[step];
    group.name = step == last ? fmt::format("from {:g} s", step * width)
                              : fmt::format("{:g} to {:g} s", step * width, (step + 1) * width);
    add_clip(group, evaluation.rates.words().at(i));
  }
  std::vector<RateGroup> groups;
  for (auto& [step, group] : steps) groups.push_back(std::move(group));
  if (groups.size() < 2) groups.clear();
  return groups;
}

std::vector<RateGroup> rates_by_speaker(const TranscriptEvaluation& evaluation) {
  std::map<std::string, RateGroup> speakers;
  for (std::size_t i = 0; i < evaluation.texts.size(); ++i) {
    const std::string& name = evaluation.texts[i].speaker;
    RateGroup& group = speakers[name];
    group.name = name.empty() ? "(not known)" : name;
    add_clip(group, evaluation.rates.words().at(i));
  }
  if (speakers.empty() || speakers.rbegin()->first.empty()) return {};
  std::vector<RateGroup> groups;
  for (auto& [name, group] : speakers) groups.push_back(std::move(group));
  // Without a word that was said there is no rate: last.
  std::ranges::stable_sort(groups, [](const RateGroup& a, const RateGroup& b) {
    const auto rate = [](const RateGroup& group) {
      return group.words.reference_length() == 0 ? -1.0 : group.words.rate();
    };
    return rate(a) > rate(b);
  });
  return groups;
}

Html rates_card(std::string_view title, std::string_view what,
                const std::vector<RateGroup>& groups) {
  double highest = 0;
  for (const RateGroup& group : groups) {
    if (group.words.reference_length() > 0) highest = std::max(highest, group.words.rate());
  }
  HtmlTable table{{{std::string(what)}, {"clips", true}, {"words", true}, {"WER", true}}, {}};
  for (const RateGroup& group : groups) {
    const bool has_rate = group.words.reference_length() > 0;
    const double rate = has_rate ? group.words.rate() : 0;
    table.rows.push_back({html_short_text(group.name),
                          html_text(with_thousands(group.clips)),
                          html_text(with_thousands(group.words.reference_length())),
                          {html_bar(highest > 0 ? rate / highest : 0).code +
                           // As wide for 9 as for 100, so that bars begin in one line.
                           "<span style=\"display:inline-block;min-width:48px\">" +
                           html_text(has_rate ? percent_text(rate) : "–").code + "</span>"}});
  }
  Html html = html_table(table);
  if (groups.size() > kTallRates) html = {"<div class=\"tall\">" + html.code + "</div>"};
  return html_card(title, html);
}

}  // namespace attune
