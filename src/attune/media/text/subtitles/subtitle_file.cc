#include "attune/media/text/subtitles/subtitle_file.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

/// 01:02:03,456; more digits for the hours where it takes them.
std::string time_text(std::int64_t milliseconds, char point) {
  const std::int64_t seconds = milliseconds / 1000;
  return fmt::format("{:02}:{:02}:{:02}{}{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     point, milliseconds % 1000);
}

std::string escaped(std::string_view text, SubtitleFormat format) {
  std::string result;
  for (const char c : text) {
    if (format == SubtitleFormat::vtt && c == '&') {
      result += "&amp;";
    } else if (format == SubtitleFormat::vtt && c == '<') {
      result += "&lt;";
    } else if (format == SubtitleFormat::vtt && c == '>') {
      result += "&gt;";
    } else {
      result += c == '\n' || c == '\r' ? ' ' : c;  // a line end would end the cue
    }
  }
  return result;
}

}  // namespace

std::string subtitle_file(std::span<const Cue> cues, SubtitleFormat format) {
  std::string text = format == SubtitleFormat::vtt ? "WEBVTT\n\n" : "";
  const char point = format == SubtitleFormat::vtt ? '.' : ',';
  std::int64_t before = 0;  // end of the cue before, in milliseconds
  double before_end = 0;
  for (std::size_t i = 0; i < cues.size(); ++i) {
    const Cue& cue = cues[i];
    check(cue.begin >= before_end && cue.end >= cue.begin && std::isfinite(cue.end),
          ErrorKind::user, "subtitle {} lasts from {} to {} s, and the one before it to {} s",
          i + 1, cue.begin, cue.end, before_end);
    before_end = cue.end;
    const std::int64_t begin = std::max<std::int64_t>(before, std::llround(cue.begin * 1000));
    before = std::max<std::int64_t>(begin + 1, std::llround(cue.end * 1000));
    if (format == SubtitleFormat::srt) fmt::format_to(std::back_inserter(text), "{}\n", i + 1);
    fmt::format_to(std::back_inserter(text), "{} --> {}\n", time_text(begin, point),
                   time_text(before, point));
    for (const std::string& line : cue.lines) {
      // An empty line would end the cue too.
      if (!trim(line).empty()) text += escaped(line, format) + "\n";
    }
    text += '\n';
  }
  return text;
}

}  // namespace attune
