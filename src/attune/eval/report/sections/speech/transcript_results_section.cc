#include "attune/eval/report/sections/speech/transcript_results_section.h"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/eval/report/sections/speech/character_confusions.h"
#include "attune/eval/report/sections/speech/rates_by_group.h"

namespace attune {
namespace {

std::string error_rate_text(double rate) {
  return std::isfinite(rate) ? percent_text(rate) : "–";
}

std::vector<Html> error_rate_row(const char* name, const std::vector<EditCounts>& texts,
                                 const Estimate* interval) {
  EditCounts counts;
  for (const EditCounts& text : texts) counts += text;
  std::vector<Html> row{html_text(name), {"<b>" + error_rate_text(counts.rate()) + "</b>"}};
  if (interval != nullptr) {
    const bool known = std::isfinite(interval->low) && std::isfinite(interval->high);
    row.push_back(html_text(
        known ? fmt::format("{:.1f} – {:.1f} %", 100 * interval->low, 100 * interval->high) : "–"));
  }
  for (const std::int64_t count :
       {counts.substitutions, counts.deletions, counts.insertions, counts.reference_length()}) {
    row.push_back(html_text(with_thousands(count)));
  }
  return row;
}

Html error_rates_card(const TranscriptEvaluation& evaluation) {
  const bool has_intervals = evaluation.intervals.size() == 2;
  HtmlTable table{{{""}, {"error rate", true}}, {}};
  if (has_intervals) table.columns.push_back({"95 % interval", true});
  for (const char* title : {"other", "left out", "added", "of"}) {
    table.columns.push_back({title, true});
  }
  const auto interval = [&](std::size_t i) {
    return has_intervals ? &evaluation.intervals[i] : nullptr;
  };
  table.rows.push_back(error_rate_row("words (WER)", evaluation.rates.words(), interval(0)));
  table.rows.push_back(
      error_rate_row("characters (CER)", evaluation.rates.characters(), interval(1)));
  Html html = html_table(table);
  std::int64_t right = 0;
  double seconds = 0;
  for (const EditCounts& text : evaluation.rates.words()) right += text.errors() == 0;
  for (const TranscriptResult& text : evaluation.texts) seconds += text.seconds;
  std::vector<KeyValue> items = {
      {"recordings without an error", fmt::format("{} of {}", with_thousands(right),
                                                  with_thousands(std::ssize(evaluation.texts)))}};
  if (seconds > 0) items.push_back({"length", human_duration(seconds)});
  items.insert(items.end(), evaluation.notes.begin(), evaluation.notes.end());
  html += html_key_values(items);
  return html_card("Error rates", html, evaluation.data_name);
}

}  // namespace

Section transcript_results_section(const TranscriptEvaluation& evaluation) {
  check(evaluation.texts.size() == evaluation.rates.words().size(), ErrorKind::internal,
        "{} transcripts with the errors of {}", evaluation.texts.size(),
        evaluation.rates.words().size());
  std::vector<Html> left{error_rates_card(evaluation)}, right;
  const std::vector<RateGroup> durations = rates_by_duration(evaluation),
                               speakers = rates_by_speaker(evaluation);
  if (!durations.empty()) {
    (speakers.empty() ? right : left)
        .push_back(rates_card("Word errors by length", "length", durations));
  }
  if (!speakers.empty()) {
    right.push_back(rates_card("Word errors by speaker", "speaker", speakers));
  }
  Html body = html_stacks(std::array{left, right});
  const std::vector<Html> characters = character_cards(character_confusions(evaluation.texts));
  if (!characters.empty()) body += html_flow(characters);
  return {"Results", std::move(body), Place::results};
}

}  // namespace attune
