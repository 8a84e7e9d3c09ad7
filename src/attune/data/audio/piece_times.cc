#include "attune/data/audio/piece_times.h"

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/labels.h"

namespace attune {
namespace {

std::optional<double> seconds_in(const TimeCell& cell) {
  if (trim(cell.text).empty()) return std::nullopt;
  const std::optional<double> seconds = parse_number(cell.text);
  if (seconds && *seconds >= 0) return seconds;
  throw RowProblem{
      fmt::format("\"{}\" is \"{}\", expected seconds", cell.column, shorten_utf8(cell.text, 60))};
}

[[noreturn]] void refuse_half(const TimeCell& empty, const TimeCell& given) {
  throw RowProblem{
      fmt::format("\"{}\" is empty, and \"{}\" is {}: a piece has both, a whole recording neither",
                  empty.column, given.column, trim(given.text))};
}

}  // namespace

PieceTimes piece_times(const TimeCell& begin, const TimeCell& end, const TimeCell& duration,
                       bool may_lack) {
  const std::optional<double> from = seconds_in(begin), to = seconds_in(end),
                              lasts = seconds_in(duration);
  const TimeCell& last = end.column.empty() ? duration : end;
  const bool has_last = to.has_value() || lasts.has_value();
  if (from && !has_last && !last.column.empty() && !(may_lack && *from == 0)) {
    refuse_half(last, begin);
  }
  if (!from && has_last && !begin.column.empty() && !may_lack) {
    refuse_half(begin, to ? end : duration);
  }
  PieceTimes piece{.begin = from.value_or(0), .end = to};
  if (lasts) piece.end = piece.begin + *lasts;
  if (piece.end && *piece.end <= piece.begin) {
    throw RowProblem{fmt::format("it ends at second {:.2f}, not behind its begin at {:.2f}",
                                 *piece.end, piece.begin)};
  }
  return piece;
}

}  // namespace attune
