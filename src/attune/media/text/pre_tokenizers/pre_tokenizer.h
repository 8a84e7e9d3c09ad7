#pragma once

#include <memory>
#include <vector>

#include "attune/media/text/component_json.h"
#include "attune/media/text/normalized_text.h"

namespace attune {

/// Second role: cuts the normalised text into words, which the model never looks across.
/// Immutable and thread-safe.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;

  /// `words` are byte ranges of `text.text()`, in order, none empty; each is replaced by the parts
  /// it is cut into. A variant that also rewrites the text (ByteLevel, Metaspace) moves the ranges.
  virtual void pre_tokenize(NormalizedText& text, std::vector<Span>& words) const = 0;
};

/// Builds the pre-tokenizer that `json` (the `pre_tokenizer` of a tokenizer.json) describes.
std::unique_ptr<PreTokenizer> make_pre_tokenizer(const ComponentJson& json);

}  // namespace attune
