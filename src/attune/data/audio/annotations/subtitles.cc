#include "attune/data/audio/annotations/subtitles.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

constexpr std::string_view kArrow = "-->";

/// "01:02:03,456", "02:03.456": seconds.
std::optional<double> time_of(std::string_view text) {
  text = trim(text);
  std::array<std::int64_t, 3> parts = {};  // hours, minutes, seconds
  int count = 0;
  double fraction = 0, place = 1;
  bool in_fraction = false, has_digit = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      has_digit = true;
      if (in_fraction) {
        fraction += (c - '0') * (place /= 10);
      } else if (parts[2] < 1'000'000) {
        parts[2] = parts[2] * 10 + (c - '0');
      }
    } else if (c == ':' && has_digit && !in_fraction && count < 2) {
      ++count;
      parts = {parts[1], parts[2], 0};
      has_digit = false;
    } else if ((c == ',' || c == '.') && has_digit && !in_fraction) {
      in_fraction = true;
      has_digit = false;
    } else {
      return std::nullopt;
    }
  }
  if (!has_digit || count == 0) return std::nullopt;
  return static_cast<double>(parts[0] * 3600 + parts[1] * 60 + parts[2]) + fraction;
}

std::string unescaped(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kEscapes = {
      {{"&amp;", "&"},
       {"&lt;", "<"},
       {"&gt;", ">"},
       {"&nbsp;", "\u00a0"},
       {"&quot;", "\""},
       {"&lrm;", ""},
       {"&rlm;", ""}}};
  std::string result;
  while (!text.empty()) {
    bool is_escape = false;
    for (const auto& [escape, character] : kEscapes) {
      if (!text.starts_with(escape)) continue;
      result += character;
      text.remove_prefix(escape.size());
      is_escape = true;
      break;
    }
    if (is_escape) continue;
    result += text.front();
    text.remove_prefix(1);
  }
  return result;
}

/// Takes out tags; `speaker` becomes the first voice.
std::string without_tags(std::string_view text, std::string& speaker) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    // A sign that nothing closes, or a blank follows, is a sign: "3 < 4".
    const std::size_t end = c == '<'                                  ? text.find('>', at)
                            : c == '{' && text.substr(at, 2) == "{\\" ? text.find('}', at)
                                                                      : text.npos;
    if (end == text.npos || at + 1 == end || text[at + 1] == ' ') {
      result += c;
      ++at;
      continue;
    }
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    if (speaker.empty() && (tag.starts_with("v ") || tag.starts_with("v."))) {
      const std::size_t blank = tag.find(' ');
      if (blank != tag.npos) speaker = unescaped(trim(tag.substr(blank)));
    }
    at = end + 1;
  }
  return result;
}

class SubtitleReader {
 public:
  SubtitleReader(std::string_view text, const std::string& name)
      : text_(text), name_(name), is_vtt_(text.starts_with("WEBVTT")) {}

  AnnotationTier read() {
    AnnotationTier tier;
    std::vector<std::string_view> block;
    std::int64_t first = 1;
    for (std::string_view line; next_line(line);) {
      if (!trim(line).empty()) {
        if (block.empty()) first = line_;
        block.push_back(line);
        continue;
      }
      add(block, first, tier);
      block.clear();
    }
    add(block, first, tier);
    return tier;
  }

 private:
  bool next_line(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line = text_.substr(at_, end - at_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at_ = end + 1;
    ++line_;
    return true;
  }

  /// A block of lines between empty ones: a cue, with a number or a name before its times, or what
  /// else WebVTT has.
  void add(const std::vector<std::string_view>& block, std::int64_t line, AnnotationTier& tier) {
    if (block.empty()) return;
    std::size_t times = 0;
    while (times < block.size() && times < 2 &&
           block[times].find(kArrow) == std::string_view::npos) {
      ++times;
    }
    if (times == 2 || times == block.size()) {
      if (is_vtt_ && (line == 1 || is_no_cue(block.front()))) return;
      fail(ErrorKind::data,
           "{}:{}: expected a cue with its times (00:00:01,000 --> 00:00:02,500), got \"{}\"",
           name_, line, shorten_utf8(block.front(), 60));
    }
    AnnotatedPiece piece;
    piece.line = line + static_cast<std::int64_t>(times);
    read_times(block[times], piece);
    std::string text;
    for (std::size_t i = times + 1; i < block.size(); ++i) {
      if (!text.empty()) text += ' ';
      text += block[i];
    }
    text = without_tags(text, piece.speaker);
    piece.text = is_vtt_ ? unescaped(text) : text;
    tier.pieces.push_back(std::move(piece));
  }

  static bool is_no_cue(std::string_view line) {
    return line.starts_with("NOTE") || line.starts_with("STYLE") || line.starts_with("REGION") ||
           line.starts_with("WEBVTT");
  }

  void read_times(std::string_view line, AnnotatedPiece& piece) const {
    const std::size_t arrow = line.find(kArrow);
    std::string_view behind = line.substr(arrow + kArrow.size());
    while (behind.starts_with(' ') || behind.starts_with('\t')) behind.remove_prefix(1);
    // Where the cue stands on the screen follows.
    const auto begin = time_of(line.substr(0, arrow));
    const auto end =
        time_of(behind.substr(0, std::min(behind.find_first_of(" \t"), behind.size())));
    check(begin && end, ErrorKind::data,
          "{}:{}: expected times as 00:00:01,000 --> 00:00:02,500, got \"{}\"", name_, piece.line,
          shorten_utf8(line, 60));
    piece.begin = *begin;
    piece.end = *end;
  }

  std::string_view text_;
  const std::string& name_;
  bool is_vtt_;
  std::size_t at_ = 0;
  std::int64_t line_ = 0;
};

}  // namespace

Annotation parse_subtitles(std::string_view text, const std::string& name) {
  Annotation result;
  result.tiers.push_back(SubtitleReader(text, name).read());
  return result;
}

}  // namespace attune
