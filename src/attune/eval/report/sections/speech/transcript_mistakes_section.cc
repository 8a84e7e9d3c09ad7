#include "attune/eval/report/sections/speech/transcript_mistakes_section.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/eval/report/sections/speech/word_diff.h"

namespace attune {
namespace {

constexpr std::string_view kOgg = "data:audio/ogg;base64,";

/// The alphabet of base64 has no quote and no colon: what passes can neither end the attribute nor
/// name a place to load from.
bool is_sound(std::string_view uri) {
  if (!uri.starts_with(kOgg)) return false;
  uri.remove_prefix(kOgg.size());
  return !uri.empty() && std::ranges::all_of(uri, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  });
}

std::string player(const TranscriptResult& text) {
  if (text.audio_uri.empty()) return "";
  check(is_sound(text.audio_uri), ErrorKind::internal,
        "a sound of a report starts with \"{}\", expected \"{}\" and base64",
        std::string_view(text.audio_uri).substr(0, 40), kOgg);
  return fmt::format("<audio controls preload=\"metadata\" aria-label=\"{}\" src=\"{}\"></audio>",
                     html_short_text(text.name).code, text.audio_uri);
}

/// "words wrong: 2 of 7 (1 other, 1 left out)".
std::string word_verdict(const EditCounts& counts) {
  std::string kinds;
  const auto add = [&](std::int64_t count, const char* what) {
    if (count == 0) return;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", with_thousands(count), what);
  };
  add(counts.substitutions, "other");
  add(counts.deletions, "left out");
  add(counts.insertions, "added");
  return fmt::format("words wrong: {} of {} ({})", with_thousands(counts.errors()),
                     with_thousands(counts.reference_length()), kinds);
}

std::string utterance(const TranscriptResult& text, const EditCounts& words,
                      const EditCounts& characters) {
  std::string facts = word_verdict(words);
  if (characters.reference_length() > 0) facts += ", CER " + percent_text(characters.rate());
  if (text.seconds > 0) facts += fmt::format(", {:.1f} s", text.seconds);
  if (!text.speaker.empty()) facts += ", speaker " + text.speaker;
  return fmt::format(
      "<div class=\"utterance\">{}<p><b dir=\"ltr\">{}</b> <small>{}</small></p>{}</div>\n",
      word_diff(text.reference, text.hypothesis).code, html_short_text(text.name, 120).code,
      html_short_text(facts, 200).code, player(text));
}

constexpr std::string_view kUtteranceStyle =
    R"css(.utterance { padding: 12px 0; border-bottom: 1px solid var(--grid); break-inside: avoid; }
.utterance:last-child { border-bottom: 0; padding-bottom: 0; }
.utterance p { margin: 6px 0 0; font-size: 13px; overflow-wrap: anywhere; }
.utterance p b { font-weight: 500; }
.utterance small { color: var(--soft); font-size: 12px; }
.utterance audio { display: block; width: 100%; max-width: 420px; height: 34px; margin: 8px 0 0; }
@media print { .utterance audio { display: none; } }
)css";

}  // namespace

std::optional<Section> transcript_mistakes_section(const TranscriptEvaluation& evaluation,
                                                   std::size_t limit) {
  check(evaluation.texts.size() == evaluation.rates.words().size(), ErrorKind::internal,
        "{} transcripts with the errors of {}", evaluation.texts.size(),
        evaluation.rates.words().size());
  const std::vector<std::size_t> worst = worst_transcripts(evaluation.rates, limit);
  if (worst.empty()) return std::nullopt;
  std::string code = word_diff_legend().code;
  for (const std::size_t i : worst) {
    code += utterance(evaluation.texts[i], evaluation.rates.words()[i],
                      evaluation.rates.characters()[i]);
  }
  return Section{"Mistakes",
                 html_card("Most wrong words", {code}, "recordings with most of them first"),
                 Place::mistakes, std::string(word_diff_style()) + std::string(kUtteranceStyle)};
}

}  // namespace attune
