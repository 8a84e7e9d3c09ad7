#include "attune/nn/layers/encoder_layer.h"

#include <cmath>
#include <map>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softmax.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/nn/init.h"
#include "attune/nn/layers/pooling.h"
#include "attune/nn/noise.h"

namespace attune::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kHidden = 12, kHeads = 3, kInner = 20;

// wav2vec 2.0's names; every value differs from the defaults.
EncoderLayerOptions options(NormOrder order) {
  return {.names = {.attention = {"attention.q_proj", "attention.k_proj", "attention.v_proj",
                                  "attention.out_proj"},
                    .attention_norm = "layer_norm",
                    .inner = "feed_forward.intermediate_dense",
                    .output = "feed_forward.output_dense",
                    .output_norm = "final_layer_norm"},
          .hidden = kHidden,
          .heads = kHeads,
          .inner = kInner,
          .norm_order = order,
          .norm_eps = 1e-3,
          .activation = Activation::relu,
          .hidden_dropout = 0.3,
          .inner_dropout = 0.2};
}

at::Tensor drawn(at::IntArrayRef sizes, std::uint64_t seed) {
  at::Tensor x = at::ones(sizes);
  fill_normal(x, 1.0, Rng(seed, "test"));
  return x;
}

std::shared_ptr<EncoderLayer> make(const EncoderLayerOptions& o) {
  auto layer = std::make_shared<EncoderLayer>(o);
  std::uint64_t seed = 1;
  for (const NamedTensor& item : layer->named_parameters()) {
    const at::NoGradGuard no_grad;
    item.tensor.add_(drawn(item.tensor.sizes(), seed++), 0.3);
  }
  assign_dropout_sites(*layer);
  return layer;
}

// The layer written out in double, one sequence after the other, with the dropout masks of the
// layer's sites: 0 of the probabilities, 1 behind the attention, 2 inside, 3 behind the second map.
struct Plain {
  std::map<std::string, at::Tensor> parameters;
  Segments segments;
  NormOrder order;
  bool causal, training;

  explicit Plain(const EncoderLayer& layer, Segments s, NormOrder o, bool is_causal)
      : segments(std::move(s)), order(o), causal(is_causal), training(layer.is_training()) {
    for (const NamedTensor& item : layer.named_parameters()) {
      parameters[item.name] = item.tensor.detach().to(at::kDouble).requires_grad_();
    }
  }

  at::Tensor map(const std::string& name, const at::Tensor& x) const {
    return at::linear(x, parameters.at(name + ".weight"), parameters.at(name + ".bias"));
  }
  at::Tensor norm(const std::string& name, const at::Tensor& x) const {
    return at::layer_norm(x, {kHidden}, parameters.at(name + ".weight"),
                          parameters.at(name + ".bias"), 1e-3);
  }
  at::Tensor drop(const at::Tensor& x, double p, std::int64_t site) const {
    if (!training) return x;
    const KeyedDropout spec = {.p = p, .key = NoiseScope::key(site)};
    return x * dropout_mask(x.numel(), spec).view(x.sizes()).to(at::kDouble);
  }
  at::Tensor attention(const at::Tensor& x) const {
    constexpr std::int64_t kWidth = kHidden / kHeads;
    const at::Tensor q = map("attention.q_proj", x), k = map("attention.k_proj", x),
                     v = map("attention.v_proj", x);
    std::vector<at::Tensor> sequences;
    for (std::int64_t n = 0; n < segments.count(); ++n) {
      std::vector<at::Tensor> heads;
      for (std::int64_t h = 0; h < kHeads; ++h) {
        const auto part = [&](const at::Tensor& t) {
          const auto first = segments.offsets[static_cast<std::size_t>(n)];
          return t.narrow(0, first, segments.length(n)).narrow(1, h * kWidth, kWidth);
        };
        at::Tensor scores = at::matmul(part(q), part(k).t()) / std::sqrt(1.0 * kWidth);
        if (causal) {
          scores = scores + at::ones(scores.sizes(), at::kDouble).triu(1) * -1e300;
        }
        heads.push_back(at::matmul(at::softmax(scores, 1), part(v)));
      }
      sequences.push_back(at::cat(heads, 1));
    }
    return map("attention.out_proj", at::cat(sequences));
  }
  at::Tensor inner(const at::Tensor& x) const {
    return map("feed_forward.output_dense",
               drop(at::relu(map("feed_forward.intermediate_dense", x)), 0.2, 2));
  }
  at::Tensor forward(const at::Tensor& x) const {
    if (order == NormOrder::pre) {
      const at::Tensor h = x + drop(attention(norm("layer_norm", x)), 0.3, 1);
      return h + drop(inner(norm("final_layer_norm", h)), 0.3, 3);
    }
    const at::Tensor h = norm("layer_norm", x + drop(attention(x), 0.3, 1));
    return norm("final_layer_norm", h + drop(inner(h), 0.3, 3));
  }
};

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

class EachOrder : public ::testing::TestWithParam<NormOrder> {
 protected:
  const Segments segments_ = {{0, 5, 6, 23}};
  const at::Tensor x_ = drawn({23, kHidden}, 99);
};
INSTANTIATE_TEST_SUITE_P(EncoderLayer, EachOrder,
                         ::testing::Values(NormOrder::post, NormOrder::pre), [](const auto& test) {
                           return test.param == NormOrder::post ? "post" : "pre";
                         });

TEST_P(EachOrder, EqualsThePlainComposition) {
  const auto layer = make(options(GetParam()));
  const NoiseScope noise(1, 0, 7, 0);
  for (const bool training : {false, true}) {
    for (const bool causal : {false, true}) {
      layer->train(training);
      layer->zero_grad();
      const Plain plain(*layer, segments_, GetParam(), causal);
      const at::Tensor x = x_.clone().requires_grad_(), wide = x_.to(at::kDouble).requires_grad_();
      const at::Tensor got = layer->forward(x, segments_, {.causal = causal}),
                       want = plain.forward(wide);
      EXPECT_LT(distance(got, want), 1e-5);
      const at::Tensor gradient = drawn(got.sizes(), 5);
      got.backward(gradient);
      want.backward(gradient.to(at::kDouble));
      EXPECT_LT(distance(x.grad(), wide.grad()), 5e-5);
      for (const NamedTensor& item : layer->named_parameters()) {
        const at::Tensor expected = plain.parameters.at(item.name).grad();
        EXPECT_LT(distance(item.tensor.grad(), expected),
                  1e-5 * std::max(1.0, expected.abs().max().item<double>()))
            << item.name << training << causal;
      }
    }
  }
}

TEST_P(EachOrder, FirstRowsAloneEqualTheWhole) {
  const auto layer = make(options(GetParam()));
  layer->eval();
  const at::Tensor bias = drawn({kHeads, 17, 17}, 6);
  EXPECT_LT(distance(layer->forward_first(x_, segments_),
                     first_rows(layer->forward(x_, segments_), segments_)),
            2e-6);
  EXPECT_LT(distance(layer->forward_first(x_, segments_, bias),
                     first_rows(layer->forward(x_, segments_, {.bias = bias}), segments_)),
            2e-6);
}

TEST_P(EachOrder, BiasReachesTheAttention) {
  const auto layer = make(options(GetParam()));
  layer->eval();
  const at::Tensor bias = drawn({1, 17, 17}, 6).requires_grad_();
  const at::Tensor got = layer->forward(x_, segments_, {.bias = bias});
  EXPECT_GT(distance(got, layer->forward(x_, segments_)), 1e-3);
  got.backward(drawn(got.sizes(), 5));
  EXPECT_GT(bias.grad().abs().max().item<double>(), 1e-3);
}

TEST(EncoderLayer, NamesAreTheFamilys) {
  std::vector<std::string> names;
  const EncoderLayer layer(options(NormOrder::pre));
  for (const NamedTensor& item : layer.named_parameters()) {
    if (item.name.ends_with("weight")) names.push_back(item.name);
  }
  EXPECT_THAT(names, ElementsAre("attention.q_proj.weight", "attention.k_proj.weight",
                                 "attention.v_proj.weight", "attention.out_proj.weight",
                                 "layer_norm.weight", "feed_forward.intermediate_dense.weight",
                                 "feed_forward.output_dense.weight", "final_layer_norm.weight"));
}

TEST(EncoderLayer, WidthMustHoldTheHeads) {
  EncoderLayerOptions o = options(NormOrder::pre);
  o.heads = 5;
  EXPECT_THAT(error_of(ErrorKind::internal, [&] { EncoderLayer{o}; }),
              HasSubstr("5 heads do not divide a width of 12"));
}

}  // namespace
}  // namespace attune::nn
