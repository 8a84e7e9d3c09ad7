#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

namespace attune {

/// Where each sequence of a packed batch begins and ends: sequence n has rows
/// [offsets[n], offsets[n + 1]) of every packed tensor.
struct Segments {
  std::vector<std::int64_t> offsets = {0};

  std::int64_t count() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::int64_t rows() const { return offsets.back(); }
  std::int64_t length(std::int64_t n) const {
    return offsets[static_cast<std::size_t>(n) + 1] - offsets[static_cast<std::size_t>(n)];
  }
  std::int64_t max_length() const;
};

/// A batch of token sequences laid end to end, without padding. T is the number of all tokens.
struct PackedTokens {
  at::Tensor input_ids;       ///< int64 [T]
  at::Tensor token_type_ids;  ///< int64 [T]
  at::Tensor position_ids;    ///< int64 [T], counting from 0 in each sequence
  Segments segments;
};

/// Packs a padded batch: keeps the tokens whose `attention_mask` is 1.
/// `input_ids`, `attention_mask`, `token_type_ids` (may be undefined: zeros): int64 [N, L].
/// Throws `user` where a row has no token at all.
PackedTokens pack_padded(const at::Tensor& input_ids, const at::Tensor& attention_mask,
                         const at::Tensor& token_type_ids = {});

}  // namespace attune
