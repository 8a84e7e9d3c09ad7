#pragma once

#include <memory>

#include "attune/media/text/component_json.h"
#include "attune/media/text/encoding.h"

namespace attune {

/// Fourth role: joins one or two encodings and puts the special tokens that the model was trained
/// with around them. Immutable and thread-safe.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;

  /// How many tokens `process` adds to one text or to a pair.
  virtual std::size_t added_tokens(bool is_pair) const = 0;
  /// `second` is null for a single text. Without `add_special_tokens` only type ids are set and the
  /// encodings joined.
  virtual Encoding process(Encoding first, Encoding* second, bool add_special_tokens,
                           WantedParts wanted) const = 0;
  /// Every special token it adds, to be checked against the vocabulary.
  virtual std::vector<ExtraToken> special_tokens() const = 0;
};

/// Builds the post-processor that `json` (the `post_processor` of a tokenizer.json) describes.
std::unique_ptr<PostProcessor> make_post_processor(const ComponentJson& json);

/// The pair joined without special tokens: what a tokenizer without post-processor does.
Encoding join_encodings(Encoding first, Encoding* second);

}  // namespace attune
