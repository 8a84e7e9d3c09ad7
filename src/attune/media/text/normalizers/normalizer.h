#pragma once

#include <memory>

#include "attune/media/text/component_json.h"
#include "attune/media/text/normalized_text.h"

namespace attune {

/// First role of a tokenizer: rewrites the text (case, accents, Unicode form), keeping the
/// alignment with the original. Immutable and thread-safe.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void normalize(NormalizedText& text) const = 0;
};

/// Builds the normalizer that `json` (the `normalizer` of a tokenizer.json) describes.
std::unique_ptr<Normalizer> make_normalizer(const ComponentJson& json);

}  // namespace attune
