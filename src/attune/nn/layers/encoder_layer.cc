#include "attune/nn/layers/encoder_layer.h"

#include <numeric>
#include <vector>

#include <ATen/TensorOperators.h>

#include "attune/nn/layers/pooling.h"

namespace attune::nn {

EncoderLayer::EncoderLayer(const EncoderLayerOptions& o)
    : order_(o.norm_order),
      activation_(o.activation),
      attention_(*this, o.names.attention, {o.hidden, o.heads, o.attention_dropout}, "attention_") {
  const auto norm = [&](const std::string& path) {
    return register_at(path, std::make_shared<LayerNorm>(o.hidden, o.norm_eps));
  };
  const auto dropout = [&](const std::string& name, double p) {
    return register_module(name, std::make_shared<Dropout>(p));
  };
  // In this order parameters are initialised and dropout's sites are numbered: it must stay. A
  // dropout that a family does not have is no module with p = 0, which would take a number.
  attention_norm_ = norm(o.names.attention_norm);
  attention_dropout_ = dropout("attention_output_dropout", o.hidden_dropout);
  inner_ = register_at(o.names.inner, std::make_shared<Linear>(o.hidden, o.inner));
  if (o.inner_dropout) inner_dropout_ = dropout("inner_dropout", *o.inner_dropout);
  output_ = register_at(o.names.output, std::make_shared<Linear>(o.inner, o.hidden));
  output_norm_ = norm(o.names.output_norm);
  output_dropout_ = dropout("output_dropout", o.hidden_dropout);
}

// The end of a sub-layer. Post-norm has one kernel for all of it.
at::Tensor EncoderLayer::add(const at::Tensor& x, const Linear& map, const Dropout& dropout,
                             const LayerNorm& norm, const at::Tensor& residual) const {
  if (order_ == NormOrder::post) {
    return norm.add_and_norm(map.product(x), map.bias, residual, dropout.spec());
  }
  return residual + dropout.forward(map.forward(x));
}

at::Tensor EncoderLayer::attend(const PackedRows& queries, const PackedRows& keys,
                                const AttentionMask& mask) const {
  if (order_ == NormOrder::post) return attention_.context(queries, keys, mask);
  const at::Tensor k = attention_norm_->forward(keys.x);
  // Normalising is row by row: the first rows alone come out as among all.
  const at::Tensor q = queries.x.is_same(keys.x) ? k : attention_norm_->forward(queries.x);
  return attention_.context({q, queries.offsets}, {k, keys.offsets}, mask);
}

at::Tensor EncoderLayer::run(const PackedRows& queries, const PackedRows& keys,
                             const AttentionMask& mask) const {
  const at::Tensor context = attend(queries, keys, mask);
  const at::Tensor attended =
      add(context, attention_.output(), *attention_dropout_, *attention_norm_, queries.x);
  const at::Tensor normed = order_ == NormOrder::post ? attended : output_norm_->forward(attended);
  at::Tensor inner = bias_activation(inner_->product(normed), inner_->bias, activation_);
  if (inner_dropout_) inner = inner_dropout_->forward(inner);
  return add(inner, *output_, *output_dropout_, *output_norm_, attended);
}

at::Tensor EncoderLayer::forward(const at::Tensor& x, const Segments& segments,
                                 const AttentionMask& mask) const {
  const PackedRows rows = {x, segments.offsets};
  return run(rows, rows, mask);
}

at::Tensor EncoderLayer::forward_first(const at::Tensor& x, const Segments& segments,
                                       const at::Tensor& bias) const {
  // One query per sequence and all keys: what a pooled first token needs of the last layer, exact,
  // and about a seventh of a 6-layer encoder's work less (docs/decisions.md).
  std::vector<std::int64_t> one_each(segments.offsets.size());
  std::iota(one_each.begin(), one_each.end(), 0);
  const at::Tensor first = first_rows(x, segments);
  return run({first, one_each}, {x, segments.offsets}, {.bias = bias});
}

}  // namespace attune::nn
