#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attune {

/// What the outputs of a CTC model stand for.
struct CtcAlphabet {
  std::vector<std::string> labels;  ///< as they appear in a text; that of the separator is not used
  std::int64_t blank = 0;           ///< the output that says nothing
  std::int64_t separator = -1;      ///< the output between words (`|`); -1: there is none
};

/// A word, and the frames it was heard in.
struct TimedWord {
  std::string text;
  std::int64_t begin = 0, end = 0;  ///< frames; `end` is behind the last
};

/// What was understood.
struct CtcText {
  std::vector<TimedWord> words;
  double acoustic_score = 0;  ///< natural logarithm, without language model
  double score = 0;           ///< with it: what hypotheses are ordered by

  std::string text() const;  ///< words with a space between
};

/// Throws `user` where the alphabet has no labels, or its blank or separator is none of them.
void check_alphabet(const CtcAlphabet& alphabet);

}  // namespace attune
