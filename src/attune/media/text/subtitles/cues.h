#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/media/text/ctc/ctc_alphabet.h"

namespace attune {

/// A word, and when it was said.
struct SpokenWord {
  std::string text;
  double begin = 0, end = 0;  ///< seconds
  bool joined = false;        ///< no space before it: a piece of a longer one
};

/// The words with seconds for frames. One that is longer than `max_characters` (writing without
/// spaces) becomes its symbols, so that lines can be broken between them.
std::vector<SpokenWord> spoken_words(std::span<const TimedWord> words, double seconds_per_frame,
                                     std::size_t max_characters = 42);

/// What is shown at once, and when.
struct Cue {
  double begin = 0, end = 0;  ///< seconds
  std::vector<std::string> lines;
};

/// The defaults are what broadcasters ask for.
struct CueOptions {
  std::size_t max_characters = 42;  ///< of a line; a longer word stands alone on one
  std::size_t max_lines = 2;
  double max_seconds = 7;
  double min_seconds = 1;  ///< shorter ones stay on, as far as the next allows
  double min_gap = 0.08;   ///< between two: two frames of a film
  double pause = 0.7;      ///< silence that a new one begins behind
};

/// Lays words out as subtitles: a new one begins behind a pause, where no more fits, where it would
/// stand too long, and behind a sentence's end. Lines of a cue are about as long as one another.
/// Cues are in order and never overlap. Throws `user` for impossible options, `data` for a word
/// that has no text, ends before it begins, begins before the one before it or at no finite time.
std::vector<Cue> lay_out_cues(std::span<const SpokenWord> words, const CueOptions& options = {});

}  // namespace attune
