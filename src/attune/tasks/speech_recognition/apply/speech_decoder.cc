#include "attune/tasks/speech_recognition/apply/speech_decoder.h"

#include <memory>
#include <span>
#include <utility>

#include <ATen/ops/log_softmax.h>

#include "attune/base/log.h"
#include "attune/base/threads.h"
#include "attune/data/audio/transcript_rules.h"
#include "attune/media/text/ctc/greedy.h"
#include "attune/media/text/ctc/lexicon.h"
#include "attune/media/text/ngram/arpa.h"

namespace attune {
namespace {

/// A language model of other letters, or of another language, would change nothing and say nothing.
void warn_of_other_words(const NGramModel& model, const CtcAlphabet& alphabet,
                         const std::string& file) {
  std::size_t words = 0, others = 0;
  std::string first;
  for (std::uint32_t id = 0; id < model.num_words(); ++id) {
    const std::string& word = model.word(id);
    const bool is_mark =
        word == NGramModel::kBegin || word == NGramModel::kEnd || word == NGramModel::kUnknown;
    if (is_mark) continue;
    ++words;
    if (!can_spell(alphabet, word) && ++others == 1) first = word;
  }
  if (2 * others <= words) return;
  log_warning(
      "--lm: {} of the {} words of {} cannot be written with the model's symbols, e.g. \"{}\": are "
      "they of another case or language? attune train-lm --model makes one of its letters",
      others, words, file, first);
}

}  // namespace

SpeechDecoder::SpeechDecoder(const CtcVocabulary& vocabulary, const DecodingOptions& options,
                             const std::string& language)
    : alphabet_(vocabulary.alphabet()) {
  if (!options.searches()) return;
  BeamSearchOptions search{.lm_weight = options.lm_weight,
                           .word_bonus = options.word_bonus,
                           .hot_word_weight = options.hot_word_weight};
  // As the model writes: who types a name does not think of its vocabulary's letters.
  const TranscriptRules rules(settle_case({.transcript_language = language}, &vocabulary));
  for (const std::string& word : options.hot_words) search.hot_words.push_back(rules.apply(word));
  if (options.beam_width) search.beam_width = *options.beam_width;
  std::shared_ptr<const NGramModel> model;
  if (!options.lm.empty()) {
    model = std::make_shared<NGramModel>(read_arpa(options.lm));
    warn_of_other_words(*model, alphabet_, options.lm);
  }
  std::shared_ptr<const Lexicon> lexicon;
  if (!options.lexicon.empty()) {
    lexicon = std::make_shared<Lexicon>(read_lexicon(options.lexicon, alphabet_));
  }
  search_.emplace(alphabet_, search, std::move(model), std::move(lexicon));
}

std::vector<CtcText> SpeechDecoder::decode(const at::Tensor& logits, const Segments& frames) const {
  // Both take natural logarithms; of the greedy text only its score depends on it.
  const at::Tensor scores = at::log_softmax(logits.to(at::kFloat), -1).cpu().contiguous();
  const auto width = static_cast<std::size_t>(scores.size(1));
  const auto* values = scores.const_data_ptr<float>();
  std::vector<CtcText> texts(static_cast<std::size_t>(frames.count()));
  parallel_for(frames.count(), 1, 0, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const auto i = static_cast<std::size_t>(n);
      const std::span rows(values + static_cast<std::size_t>(frames.offsets[i]) * width,
                           static_cast<std::size_t>(frames.length(n)) * width);
      texts[i] = search_ ? search_->decode(rows, 1).front() : decode_greedily(rows, alphabet_);
    }
  });
  return texts;
}

}  // namespace attune
