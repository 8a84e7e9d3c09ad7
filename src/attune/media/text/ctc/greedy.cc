#include "attune/media/text/ctc/greedy.h"

#include <cmath>
#include <utility>

#include "attune/base/error.h"

namespace attune {
namespace {

std::int64_t most_probable(std::span<const float> row, std::int64_t frame) {
  std::int64_t best = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    check(!std::isnan(row[i]), ErrorKind::data, "the score of label {} in frame {} is NaN", i,
          frame);
    if (row[i] > row[best]) best = static_cast<std::int64_t>(i);
  }
  return best;
}

/// Of the best label: softmax, of logits and of their logarithm alike.
double probability_of(std::span<const float> row, std::int64_t best) {
  double sum = 0;
  for (const float score : row) sum += std::exp(double{score} - row[best]);
  return 1 / sum;
}

}  // namespace

CtcText decode_greedily(std::span<const float> scores, const CtcAlphabet& alphabet) {
  check_alphabet(alphabet);
  const std::size_t labels = alphabet.labels.size();
  check(scores.size() % labels == 0, ErrorKind::user, "{} scores for frames of {} labels",
        scores.size(), labels);
  CtcText result;
  TimedSymbol symbol;
  TimedWord word;
  const auto end_symbol = [&] {
    if (!symbol.text.empty()) {  // special symbols are written as nothing
      symbol.probability /= static_cast<double>(symbol.end - symbol.begin);
      word.add(symbol);
    }
    symbol = {};
  };
  const auto end_word = [&] {
    end_symbol();
    if (!word.symbols.empty()) result.words.push_back(std::exchange(word, {}));
  };
  std::int64_t last = alphabet.blank;
  const auto frames = static_cast<std::int64_t>(scores.size() / labels);
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    const auto row = scores.subspan(static_cast<std::size_t>(frame) * labels, labels);
    const std::int64_t best = most_probable(row, frame);
    result.acoustic_score += row[best];
    if (best == alphabet.separator) {
      end_word();
    } else if (best != alphabet.blank) {
      if (best != last) {
        end_symbol();
        symbol = {alphabet.labels[best], frame, frame, 0};
      }
      symbol.end = frame + 1;
      symbol.probability += probability_of(row, best);
    }
    last = best;
  }
  end_word();
  result.score = result.acoustic_score;
  return result;
}

}  // namespace attune
