#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "attune/media/text/ctc/ctc_alphabet.h"
#include "attune/media/text/ctc/hot_words.h"
#include "attune/media/text/ctc/lexicon.h"
#include "attune/media/text/ngram/ngram_model.h"

namespace attune {

class BeamSearchRun;  // beam_search_run.h

/// The defaults are pyctcdecode's.
struct BeamSearchOptions {
  std::int64_t beam_width = 100;
  double beam_prune = -10;  ///< hypotheses this much below the best are dropped (natural logarithm)
  double label_prune = -5;  ///< labels less probable than this in a frame are not tried
  double lm_weight = 0.5;   ///< of the language model's natural logarithm
  double word_bonus = 1.5;  ///< for each word, against the language model's taste for short texts
  double unknown_score = -10;  ///< added to the log10 probability of a word the model has not
  std::vector<std::string> hot_words = {};  ///< words, or phrases of them, that are preferred
  double hot_word_weight = 10;              ///< added for each (natural logarithm)
};

/// CTC prefix beam search with a word language model (Hannun et al. 2014, "First-pass large
/// vocabulary continuous speech recognition using bi-directional recurrent DNNs"), with the scores
/// and pruning of pyctcdecode 0.5: a word is scored when it ends, beginnings that no word of the
/// model has are punished at once. Other than there, a separator
/// at the end is no empty word, and the times of words are those of the most probable way.
///
/// With a lexicon no other words are written, and a word that it does not hold becomes the one
/// nearest to it. Letters at the end that are none of its words yet are
/// left out, where no hypothesis ends with a whole word.
/// One object serves any number of threads.
class BeamSearch {
 public:
  /// `model` may be null: then the acoustic score counts, and hot words. `lexicon` may be null:
  /// then any word may be written. Throws `user` for impossible options, a hot word or a whole
  /// lexicon that cannot be written with the alphabet, a hot word that the lexicon does not hold,
  /// and a lexicon with an alphabet that has no separator.
  BeamSearch(CtcAlphabet alphabet, BeamSearchOptions options,
             std::shared_ptr<const NGramModel> model,
             std::shared_ptr<const Lexicon> lexicon = nullptr);

  /// The hypotheses left at the end, best first, at most `beam_width` and `most`; at least one.
  /// Where only the best is asked for, texts that can only be followed alike do not fill the beam.
  /// `log_probabilities`: [frames, labels], natural logarithms (log_softmax). Throws `user` where
  /// sizes do not fit, `data` for NaN. Looks for a signal to stop (process/stop.h).
  std::vector<CtcText> decode(std::span<const float> log_probabilities,
                              std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;

 private:
  friend class BeamSearchRun;

  void check_words() const;

  CtcAlphabet alphabet_;
  BeamSearchOptions options_;
  std::shared_ptr<const NGramModel> model_;
  std::shared_ptr<const Lexicon> lexicon_;
  HotWords hot_words_;
  Spellings spellings_;  ///< of the model's words
};

}  // namespace attune
