#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "attune/media/text/ctc/ctc_alphabet.h"
#include "attune/media/text/ngram/ngram_model.h"

namespace attune {

/// The defaults are pyctcdecode's.
struct BeamSearchOptions {
  std::int64_t beam_width = 100;
  double beam_prune = -10;  ///< hypotheses this much below the best are dropped (natural logarithm)
  double label_prune = -5;  ///< labels less probable than this in a frame are not tried
  double lm_weight = 0.5;   ///< of the language model's natural logarithm
  double word_bonus = 1.5;  ///< for each word, against the language model's taste for short texts
  double unknown_score = -10;  ///< added to the log10 probability of a word the model has not
};

/// CTC prefix beam search with a word language model (Hannun et al. 2014, "First-pass large
/// vocabulary continuous speech recognition using bi-directional recurrent DNNs"), with the scores
/// and pruning of pyctcdecode 0.5: a word is scored when it ends, beginnings that no word of the
/// model has are punished at once. Other than there, a separator
/// at the end is no empty word, and the times of words are those of the most probable way.
/// One object serves any number of threads.
class BeamSearch {
 public:
  /// `model` may be null: then the acoustic score alone counts. Throws `user` for impossible
  /// options.
  BeamSearch(CtcAlphabet alphabet, BeamSearchOptions options,
             std::shared_ptr<const NGramModel> model);

  /// The hypotheses left at the end, best first, at most `beam_width`; at least one.
  /// `log_probabilities`: [frames, labels], natural logarithms (log_softmax). Throws `user` where
  /// sizes do not fit, `data` for NaN.
  std::vector<CtcText> decode(std::span<const float> log_probabilities) const;

 private:
  friend class BeamSearchRun;

  CtcAlphabet alphabet_;
  BeamSearchOptions options_;
  std::shared_ptr<const NGramModel> model_;
  NGramTrie spellings_;  ///< beginnings of the model's words, by bytes
};

}  // namespace attune
