#include "attune/media/text/ctc/beam_search.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/media/text/ctc/beam_search_run.h"

namespace attune {

BeamSearch::BeamSearch(CtcAlphabet alphabet, BeamSearchOptions options,
                       std::shared_ptr<const NGramModel> model,
                       std::shared_ptr<const Lexicon> lexicon)
    : alphabet_(std::move(alphabet)),
      options_(std::move(options)),
      model_(std::move(model)),
      lexicon_(std::move(lexicon)),
      hot_words_(options_.hot_words, options_.hot_word_weight) {
  check_alphabet(alphabet_);
  check(options_.beam_width >= 1, ErrorKind::user, "a beam width of {}; expected at least 1",
        options_.beam_width);
  check(options_.beam_prune <= 0 && options_.label_prune <= 0, ErrorKind::user,
        "beam search prunes below {} and {}; expected logarithms of at most 0", options_.beam_prune,
        options_.label_prune);
  check_words();
  for (std::uint32_t word = 0; model_ && word < model_->num_words(); ++word) {
    const std::string& letters = model_->word(word);
    if (letters != NGramModel::kBegin && letters != NGramModel::kEnd &&
        letters != NGramModel::kUnknown) {
      spellings_.add(letters);
    }
  }
}

void BeamSearch::check_words() const {
  for (const std::string& word : hot_words_.words()) {
    if (!lexicon_) {
      check(can_spell(alphabet_, word), ErrorKind::user,
            "the hot word \"{}\" cannot be written with the model's letters; are they of another "
            "case?",
            word);
      continue;
    }
    bool found = false;
    for (std::uint32_t i = 0; i < lexicon_->size() && !found; ++i) {
      found = lexicon_->word(i) == word;
    }
    check(found, ErrorKind::user, "the hot word \"{}\" is none of the lexicon's: add it there",
          word);
  }
  if (!lexicon_) return;
  check(alphabet_.separator >= 0, ErrorKind::user,
        "a lexicon for a model that writes no spaces between words");
  bool any = false;
  for (std::uint32_t i = 0; i < lexicon_->size() && !any; ++i) {
    any = can_spell(alphabet_, lexicon_->spelling(i));
  }
  check(any, ErrorKind::user,
        "none of the lexicon's {} words can be written with the model's letters{}; are they of "
        "another case?",
        lexicon_->size(),
        lexicon_->size() > 0 ? fmt::format(", the first is \"{}\"", lexicon_->word(0)) : "");
}

std::vector<CtcText> BeamSearch::decode(std::span<const float> log_probabilities,
                                        std::int64_t most) const {
  const std::size_t labels = alphabet_.labels.size();
  check(log_probabilities.size() % labels == 0, ErrorKind::user,
        "{} log probabilities for frames of {} labels", log_probabilities.size(), labels);
  BeamSearchRun run(*this, most > 1);
  for (std::size_t frame = 0; frame < log_probabilities.size() / labels; ++frame) {
    if (frame % 64 == 0) check_stop();
    run.step(log_probabilities.subspan(frame * labels, labels), static_cast<std::int64_t>(frame));
  }
  return run.finish(std::max<std::int64_t>(most, 1));
}

}  // namespace attune
