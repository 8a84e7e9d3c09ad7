#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace attune {

/// Where long recordings are cut. Lengths in seconds.
struct PauseOptions {
  double min_pause = 0.3;  ///< silence that may be cut
  double min_piece = 5;
  double max_piece = 30;
};

/// Samples of a recording from `begin` to before `end`.
struct AudioPiece {
  std::int64_t begin = 0, end = 0;
};

/// Cuts a recording in the middle of its pauses, in one pass over samples that come in pieces of
/// any size; where it cuts does not depend on them. Quiet is what lies below three tenths of the
/// way from the recording's floor to its speech: the fifth and ninetieth percentile of its levels
/// so far, in dB. Where the two are less than 6 dB apart nothing is quiet. A piece ends in the
/// first pause that leaves it long enough; where there is none up to `max_piece`, at the quietest
/// instant from half of that to a `min_piece` before it. The pieces are the whole recording:
/// nothing is left out. The last may be shorter than `min_piece`, but not than half a pause where
/// there are others. Memory: a float for each 10 ms of a piece.
class PauseSplitter {
 public:
  /// Throws `user` for lengths not above 0, of a piece shorter than two pauses, or a longest piece
  /// that is not twice the shortest.
  PauseSplitter(std::int64_t sample_rate, const PauseOptions& options);

  /// Appends the pieces that have ended.
  void push(std::span<const float> samples, std::vector<AudioPiece>& out);
  /// Appends the last piece, if there is a sample behind the others. Ready for another recording.
  void finish(std::vector<AudioPiece>& out);

 private:
  void end_window(std::vector<AudioPiece>& out);
  void cut(std::int64_t window, std::vector<AudioPiece>& out);
  double quiet_below() const;
  std::int64_t best_cut() const;

  std::int64_t window_;                             ///< samples that a level is of
  std::int64_t min_pause_, min_piece_, max_piece_;  ///< windows
  std::vector<float> levels_;                       ///< dB, of the piece's windows
  std::vector<std::int64_t> histogram_;             ///< of all levels so far
  std::int64_t measured_ = 0;                       ///< windows in it
  std::int64_t begin_ = 0;                          ///< of the piece
  std::int64_t pushed_ = 0;                         ///< samples
  std::int64_t in_window_ = 0;                      ///< samples of the window that is not full
  double sum_ = 0, squares_ = 0;
};

}  // namespace attune
