#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "attune/kernels/dropout.h"

namespace attune {

/// Multi-head attention inside each sequence of a packed batch (Vaswani et al. 2017, eq. 1):
/// softmax(scale * Q K^T) V per sequence and head, with dropout on the probabilities.
///
/// `query` [Tq, heads * d], `key` and `value` [Tk, heads * d] (rows may be strided, their elements
/// contiguous); sequence n has the query rows [query_offsets[n], query_offsets[n + 1]) and the key
/// rows [key_offsets[n], key_offsets[n + 1]). Returns [Tq, heads * d]. Differentiable.
/// The probability of query i and key j (both counted in their sequence) takes element
/// i * keys + j of dropout stream n * heads + h.
/// Throws `internal` on shapes that do not fit.
at::Tensor packed_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            at::IntArrayRef query_offsets, at::IntArrayRef key_offsets,
                            std::int64_t heads, double scale, const KeyedDropout& dropout = {});

/// The same as a composition of ATen operations: for any device and dtype, and the judge in tests.
at::Tensor packed_attention_reference(const at::Tensor& query, const at::Tensor& key,
                                      const at::Tensor& value, at::IntArrayRef query_offsets,
                                      at::IntArrayRef key_offsets, std::int64_t heads, double scale,
                                      const KeyedDropout& dropout = {});

}  // namespace attune
