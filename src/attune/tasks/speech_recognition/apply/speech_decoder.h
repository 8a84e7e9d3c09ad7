#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/media/text/ctc/beam_search.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"
#include "attune/nn/packed.h"
#include "attune/tasks/speech_recognition/options.h"

namespace attune {

/// From a model's scores to what was said: the best symbol of each frame, or a beam search with a
/// language model, a lexicon or hot words.
class SpeechDecoder {
 public:
  /// Reads the files that `options` name; throws as their readers do. Hot words become the model's
  /// letters as those of `language` do (see `TranscriptOptions`).
  SpeechDecoder(const CtcVocabulary& vocabulary, const DecodingOptions& options,
                const std::string& language = "");

  /// `logits` [T, symbols], of which each clip has its `frames`. On as many threads as
  /// `set_default_threads` says. Throws `data`, saying which clip, where a score is not finite.
  std::vector<CtcText> decode(const at::Tensor& logits, const Segments& frames) const;

 private:
  CtcAlphabet alphabet_;
  std::optional<BeamSearch> search_;
};

}  // namespace attune
