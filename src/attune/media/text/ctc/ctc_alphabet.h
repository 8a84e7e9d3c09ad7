#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

/// What the outputs of a CTC model stand for.
struct CtcAlphabet {
  std::vector<std::string> labels;  ///< as they appear in a text, "" of those that never do; that
                                    ///< of the separator is not used
  std::int64_t blank = 0;           ///< the output that says nothing
  std::int64_t separator = -1;      ///< the output between words (`|`); -1: there is none
};

/// A symbol, and the frames it was heard in.
struct TimedSymbol {
  std::string text;
  std::int64_t begin = 0, end = 0;  ///< frames; `end` is behind the last
  double probability = 0;           ///< the model's for it, mean over its frames
};

/// A word, and the frames it was heard in: of its first symbol to its last, with blanks between.
struct TimedWord {
  std::string text;
  std::int64_t begin = 0, end = 0;        ///< frames; `end` is behind the last
  double confidence = 0;                  ///< mean of the symbols' probabilities over their frames
  std::vector<TimedSymbol> symbols = {};  ///< one at least

  /// Puts a symbol behind the others.
  void add(TimedSymbol symbol);
};

/// What was understood.
struct CtcText {
  std::vector<TimedWord> words;
  double acoustic_score = 0;  ///< natural logarithm, without language model
  double score = 0;           ///< with it: what hypotheses are ordered by

  std::string text() const;  ///< words with a space between
};

/// Whether labels, one behind another, give this word; the separator and the blank give nothing.
bool can_spell(const CtcAlphabet& alphabet, std::string_view word);

/// Throws `user` where the alphabet has no labels, or its blank or separator is none of them.
void check_alphabet(const CtcAlphabet& alphabet);

}  // namespace attune
