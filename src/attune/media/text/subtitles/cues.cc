#include "attune/media/text/subtitles/cues.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

std::size_t length_with(std::size_t length, const SpokenWord& word) {
  const std::size_t space = length > 0 && !word.joined ? 1 : 0;
  return length + space + utf8_length(word.text);
}

/// Words one behind another in lines of at most `width` characters.
std::vector<std::string> filled(std::span<const SpokenWord> words, std::size_t width) {
  std::vector<std::string> lines;
  std::size_t length = 0;
  for (const SpokenWord& word : words) {
    const std::size_t longer = length_with(length, word);
    if (lines.empty() || longer > width) {
      lines.emplace_back();
      length = 0;
    } else if (!word.joined) {
      lines.back() += ' ';
    }
    lines.back() += word.text;
    length = length_with(length, word);
  }
  return lines;
}

/// As few lines as the width allows, of the least width that takes no more: about equally long.
std::vector<std::string> balanced(std::span<const SpokenWord> words, std::size_t width) {
  std::vector<std::string> best = filled(words, width);
  for (std::size_t narrower = width; narrower > 1; --narrower) {
    std::vector<std::string> lines = filled(words, narrower - 1);
    if (lines.size() > best.size()) break;
    best = std::move(lines);
  }
  return best;
}

bool ends_sentence(const std::string& word) {
  constexpr std::string_view kEnds[] = {".", "?", "!", "…", "。", "？", "！", "؟", "।"};
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return word.ends_with(end); });
}

void check_times(std::span<const SpokenWord> words) {
  double before = 0;
  for (const SpokenWord& word : words) {
    check(!word.text.empty() && std::isfinite(word.end) && word.begin >= before &&
              word.end >= word.begin,
          ErrorKind::data,
          "subtitles: the word \"{}\" from {} to {} s behind one that begins at {} s; expected a "
          "text, and times in order",
          word.text, word.begin, word.end, before);
    before = word.begin;
  }
}

}  // namespace

std::vector<SpokenWord> spoken_words(std::span<const TimedWord> words, double seconds_per_frame,
                                     std::size_t max_characters) {
  std::vector<SpokenWord> spoken;
  const auto add = [&](const auto& piece, bool joined) {
    spoken.push_back({piece.text, static_cast<double>(piece.begin) * seconds_per_frame,
                      static_cast<double>(piece.end) * seconds_per_frame, joined});
  };
  for (const TimedWord& word : words) {
    if (word.symbols.empty() || utf8_length(word.text) <= max_characters) {
      add(word, false);
      continue;
    }
    for (std::size_t i = 0; i < word.symbols.size(); ++i) add(word.symbols[i], i > 0);
  }
  return spoken;
}

std::vector<Cue> lay_out_cues(std::span<const SpokenWord> words, const CueOptions& options) {
  check(options.max_characters > 0 && options.max_lines > 0 && options.max_seconds > 0 &&
            options.min_seconds >= 0 && options.min_seconds <= options.max_seconds &&
            options.min_gap >= 0,
        ErrorKind::user,
        "subtitles of {} lines of {} characters, {} to {} s long, {} s apart; expected numbers "
        "above 0, and the least length not above the longest",
        options.max_lines, options.max_characters, options.min_seconds, options.max_seconds,
        options.min_gap);
  check_times(words);
  std::vector<Cue> cues;
  for (std::size_t first = 0; first < words.size();) {
    std::size_t end = first + 1;
    for (; end < words.size(); ++end) {
      const SpokenWord &last = words[end - 1], &next = words[end];
      if (next.begin - last.end >= options.pause || ends_sentence(last.text)) break;
      if (next.end - words[first].begin > options.max_seconds) break;
      const auto lines = filled(words.subspan(first, end + 1 - first), options.max_characters);
      if (lines.size() > options.max_lines) break;
    }
    const auto shown = words.subspan(first, end - first);
    Cue cue{shown.front().begin, 0, balanced(shown, options.max_characters)};
    for (const SpokenWord& word : shown) cue.end = std::max(cue.end, word.end);
    cue.end = std::clamp(cue.end, cue.begin + options.min_seconds, cue.begin + options.max_seconds);
    if (end < words.size()) {
      // Rather a shorter gap than a cue that is gone before it can be seen.
      const double next = words[end].begin;
      const double latest = next - std::min(options.min_gap, (next - cue.begin) / 2);
      cue.end = std::min(cue.end, latest);
    }
    cues.push_back(std::move(cue));
    first = end;
  }
  return cues;
}

}  // namespace attune
