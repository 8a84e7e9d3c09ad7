#include "attune/media/text/ctc/greedy.h"

#include <cmath>

#include "attune/base/error.h"

namespace attune {

CtcText decode_greedily(std::span<const float> scores, const CtcAlphabet& alphabet) {
  check_alphabet(alphabet);
  const std::size_t labels = alphabet.labels.size();
  check(scores.size() % labels == 0, ErrorKind::user, "{} scores for frames of {} labels",
        scores.size(), labels);
  CtcText result;
  TimedWord word;
  const auto end_word = [&] {
    if (!word.text.empty()) result.words.push_back(word);
    word = {};
  };
  std::int64_t last = alphabet.blank;
  const auto frames = static_cast<std::int64_t>(scores.size() / labels);
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    const auto row = scores.subspan(static_cast<std::size_t>(frame) * labels, labels);
    std::int64_t best = 0;
    for (std::size_t i = 0; i < labels; ++i) {
      check(!std::isnan(row[i]), ErrorKind::data, "the score of label {} in frame {} is NaN", i,
            frame);
      if (row[i] > row[best]) best = static_cast<std::int64_t>(i);
    }
    result.acoustic_score += row[best];
    if (best == alphabet.separator) {
      end_word();
    } else if (best != alphabet.blank) {
      if (word.text.empty()) word.begin = frame;
      if (best != last) word.text += alphabet.labels[best];
      word.end = frame + 1;
    }
    last = best;
  }
  end_word();
  result.score = result.acoustic_score;
  return result;
}

}  // namespace attune
