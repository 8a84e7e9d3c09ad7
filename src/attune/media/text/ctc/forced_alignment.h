#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace attune {

/// A symbol of a known text, and the frames it was heard in.
struct AlignedSymbol {
  std::int64_t label = 0;
  std::int64_t begin = 0, end = 0;  ///< frames; `end` is behind the last
  double probability = 0;           ///< of the label, mean over its frames
};

struct CtcAlignment {
  std::vector<AlignedSymbol> symbols;  ///< one for each of the target, in order
  double score = 0;                    ///< natural logarithm of the way's probability, with blanks
};

/// Frames that a target takes at least: one a symbol, and a blank between equal neighbours.
std::int64_t frames_needed(std::span<const std::int64_t> target);

/// The most probable way through a CTC model's frames that says `target` (Viterbi; Kuerzinger et
/// al. 2020, "CTC-Segmentation"): what torchaudio.functional.forced_align and merge_tokens give.
/// `log_probabilities`: [frames, labels], natural logarithms (log_softmax). Of equal ways the one
/// that stays longer in a symbol or blank counts.
///
/// Memory: a byte for each frame and symbol, up to 64 MiB; beyond, scores are kept of some frames
/// and the rest is computed twice, which takes 8 * sqrt(frames) bytes a symbol: an hour at 50
/// frames a second with 50,000 symbols takes 170 MB.
///
/// Throws `data` where the frames do not suffice, a number is NaN, or no way has a probability
/// above 0; `user` where sizes do not fit, or the target holds the blank or what is no label. Looks
/// for a signal to stop (process/stop.h).
CtcAlignment align_forced(std::span<const float> log_probabilities, std::int64_t labels,
                          std::span<const std::int64_t> target, std::int64_t blank);

}  // namespace attune
