#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "attune/kernels/dropout.h"

namespace attune {

/// Which keys a query sees, and with what head start. i and j count the queries and keys of one
/// sequence, of which it has q and k.
struct AttentionMask {
  /// Query i sees the keys j <= i + (k - q): both ends are aligned, so that the last queries of a
  /// text see what they would see in the whole of it (decoding step by step, with the keys kept).
  /// Every sequence must have at least as many keys as queries.
  bool causal = false;

  /// Added to the scaled scores; undefined: nothing. A table of positions within a sequence, the
  /// same for all of the packed batch: query i and key j of head h take bias[h, i, j], whatever the
  /// sequence (T5's relative positions, ALiBi). Float [heads, Q, K] with Q and K at least the most
  /// queries and keys of a sequence, or [sequences, heads, Q, K] where it depends on the content
  /// (DeBERTa, WavLM); 1 in place of `heads` serves all heads. Decoding step by step, rows are
  /// those of the new queries: i counts from the first query that is given. May hold -infinity, not
  /// for all keys of a query. Differentiable.
  at::Tensor bias = {};
};

/// Multi-head attention inside each sequence of a packed batch (Vaswani et al. 2017, eq. 1):
/// softmax(scale * Q K^T + bias) V per sequence and head, with dropout on the probabilities.
///
/// `query` [Tq, heads * d], `key` and `value` [Tk, heads * d] (rows may be strided, their elements
/// contiguous); sequence n has the query rows [query_offsets[n], query_offsets[n + 1]) and the key
/// rows [key_offsets[n], key_offsets[n + 1]). Returns [Tq, heads * d]. Differentiable.
/// The probability of query i and key j (both counted in their sequence) takes element
/// i * keys + j of dropout stream n * heads + h.
/// Throws `internal` on shapes that do not fit.
at::Tensor packed_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            at::IntArrayRef query_offsets, at::IntArrayRef key_offsets,
                            std::int64_t heads, double scale, const KeyedDropout& dropout = {},
                            const AttentionMask& mask = {});

/// The same as a composition of ATen operations: for any device and dtype, and the judge in tests.
at::Tensor packed_attention_reference(const at::Tensor& query, const at::Tensor& key,
                                      const at::Tensor& value, at::IntArrayRef query_offsets,
                                      at::IntArrayRef key_offsets, std::int64_t heads, double scale,
                                      const KeyedDropout& dropout = {},
                                      const AttentionMask& mask = {});

}  // namespace attune
