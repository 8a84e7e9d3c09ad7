#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/models/activations.h"
#include "attune/models/head_options.h"
#include "attune/models/model.h"
#include "attune/nn/packed.h"

namespace attune {

/// What a task must know of a text classifier to feed it and to read its logits.
struct ClassifierInfo {
  std::int64_t vocab_size = 0;       ///< rows of the token table: ids must be below
  std::int64_t max_length = 0;       ///< tokens a sequence may have
  std::int64_t type_vocab_size = 0;  ///< token type ids must be below
  std::vector<std::string> labels;   ///< id2label in order; one logit each
  std::optional<ProblemType> problem_type;
  Pooling pooling = Pooling::cls;
};

/// A text encoder with a classification (or regression) head, run as a chain of depth groups.
class SequenceClassifier : public Model {
 public:
  virtual ClassifierInfo info() const = 0;

  /// Runs the depth groups [first, last) and returns what comes out of group `last - 1`.
  ///
  /// `state` is what came out of group `first - 1`; it is ignored when `first` is 0.
  /// Between two groups the state of an encoder is one tensor, float [T, hidden] up to the last
  /// encoder layer, and float [N, pooled] behind it (pooling belongs to the last encoder layer, so
  /// that a cache of frozen features holds one row per example there). Out of the last group come
  /// logits [N, num_labels].
  virtual Activations run(const PackedTokens& tokens, const Activations& state, std::int64_t first,
                          std::int64_t last) = 0;

  /// Whether the state that comes out of `group` has one row per example (true) or per token.
  virtual bool pooled_after(std::int64_t group) const = 0;

  /// Logits [N, num_labels].
  at::Tensor forward(const PackedTokens& tokens) {
    return run(tokens, {}, 0, static_cast<std::int64_t>(depth_groups().size())).only();
  }

  /// The same from a padded batch of int64 [N, L], packed on entry (see `pack_padded`).
  at::Tensor forward(const at::Tensor& input_ids, const at::Tensor& attention_mask,
                     const at::Tensor& token_type_ids = {}) {
    return forward(pack_padded(input_ids, attention_mask, token_type_ids));
  }
};

}  // namespace attune
