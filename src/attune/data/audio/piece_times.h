#pragma once

#include <optional>
#include <string>

namespace attune {

/// A piece of a recording in seconds; no end: the recording's.
struct PieceTimes {
  double begin = 0;
  std::optional<double> end;
};

/// A cell of a table and the name of its column; no name: the table has no such column.
struct TimeCell {
  std::string column, text;
};

/// What a row says of its piece. A row without any time is the whole recording, and a table may
/// have begins alone. Throws `RowProblem` for what is no number of seconds, an end that is not
/// behind the begin, and for a begin without its end (or duration) or an end without its begin
/// where the table has both columns: half of a piece is mostly a slip. `may_lack` (JSON): as in
/// NeMo's manifests an `offset` that is not there is 0, and one of 0 needs no duration.
PieceTimes piece_times(const TimeCell& begin, const TimeCell& end, const TimeCell& duration,
                       bool may_lack);

}  // namespace attune
