#include "attune/tasks/speech_recognition/speech_decoder.h"

#include <memory>
#include <span>
#include <utility>

#include <ATen/ops/log_softmax.h>

#include "attune/base/threads.h"
#include "attune/data/audio/transcript_rules.h"
#include "attune/media/text/ctc/greedy.h"
#include "attune/media/text/ctc/lexicon.h"
#include "attune/media/text/ngram/arpa.h"

namespace attune {

SpeechDecoder::SpeechDecoder(const CtcVocabulary& vocabulary, const DecodingOptions& options)
    : alphabet_(vocabulary.alphabet()) {
  if (!options.searches()) return;
  BeamSearchOptions search{.lm_weight = options.lm_weight,
                           .word_bonus = options.word_bonus,
                           .hot_word_weight = options.hot_word_weight};
  // As the model writes: who types a name does not think of its vocabulary's letters.
  const TranscriptRules rules(settle_case({}, &vocabulary));
  for (const std::string& word : options.hot_words) search.hot_words.push_back(rules.apply(word));
  if (options.beam_width) search.beam_width = *options.beam_width;
  std::shared_ptr<const NGramModel> model;
  if (!options.lm.empty()) model = std::make_shared<NGramModel>(read_arpa(options.lm));
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
