#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/media/text/component_json.h"

namespace attune {

/// Fifth role: makes readable text of tokens. Immutable and thread-safe.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Turns tokens into pieces of text that, end to end, are the text.
  virtual void decode(std::vector<std::string>& tokens) const = 0;
};

/// Builds the decoder that `json` (the `decoder` of a tokenizer.json) describes.
std::unique_ptr<Decoder> make_decoder(const ComponentJson& json);

}  // namespace attune
