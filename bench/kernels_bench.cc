// Forward and backward of one training step of a BERT of MiniLM's shape (6 layers of 384, 12
// heads), 32 sentences, dropout 0.1: with the fused kernels in fp32 and with bf16 products, and
// with the plain ATen composition. And each fused operation alone. Writes JSON lines {"name",
// "median_ms", "min_ms"}.
//   kernels_bench [--threads 2] [--repeat 15] [--step-only] [--length-scale 1]
// bench/kernels_peer.py runs it beside transformers on the same lengths.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "attune/kernels/activation.h"
#include "attune/kernels/attention.h"
#include "attune/kernels/fused.h"
#include "attune/kernels/linear.h"
#include "attune/kernels/residual_norm.h"
#include "attune/models/bert/bert_load.h"
#include "attune/nn/noise.h"

namespace {

using namespace attune;

// Token counts of 32 sentences: mean 27, longest 60, the spread of short reviews.
const std::vector<std::int64_t> kLengths = {8,  11, 13, 14, 16, 17, 18, 19, 20, 21, 22,
                                            23, 23, 24, 25, 25, 26, 27, 27, 28, 29, 30,
                                            31, 31, 32, 34, 35, 37, 39, 42, 47, 60};

int repeat = 15;

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// The alternatives take turns, so that the machine's other load meets them alike.
void measure(const std::vector<std::pair<std::string, std::function<void()>>>& alternatives) {
  std::vector<std::vector<double>> times(alternatives.size());
  for (int i = -2; i < repeat; ++i) {
    for (std::size_t k = 0; k < alternatives.size(); ++k) {
      const double ms = milliseconds(alternatives[k].second);
      if (i >= 0) times[k].push_back(ms);
    }
  }
  for (std::size_t k = 0; k < alternatives.size(); ++k) {
    std::sort(times[k].begin(), times[k].end());
    std::printf("{\"name\": \"%s\", \"median_ms\": %.3f, \"min_ms\": %.3f}\n",
                alternatives[k].first.c_str(), times[k][times[k].size() / 2], times[k][0]);
    std::fflush(stdout);
  }
}

std::function<void()> with_reference(std::function<void()> work) {
  return [work = std::move(work)] {
    const ReferenceKernels reference;
    work();
  };
}

PackedTokens batch(std::int64_t length_scale) {
  PackedTokens tokens;
  std::vector<at::Tensor> positions;
  for (const std::int64_t length : kLengths) {
    tokens.segments.offsets.push_back(tokens.segments.rows() + length * length_scale);
    positions.push_back(at::arange(length * length_scale));
  }
  tokens.position_ids = at::cat(positions);
  tokens.input_ids = (at::arange(tokens.segments.rows()) * 7919) % 30000 + 100;
  tokens.token_type_ids = at::zeros_like(tokens.input_ids);
  return tokens;
}

void measure_step(const PackedTokens& tokens) {
  BertConfig config;
  config.hidden_size = 384;
  config.num_hidden_layers = 6;
  config.num_attention_heads = 12;
  config.intermediate_size = 1536;
  BertForSequenceClassification model(config);
  initialize_bert(model, 1,
                  [](std::string_view name) { return !name.ends_with("word_embeddings.weight"); });
  const at::Tensor labels = at::arange(tokens.segments.count()) % 2;
  std::int64_t step = 0;
  const std::function<void()> train = [&] {
    const NoiseScope noise(1, 0, step++, 0);
    model.zero_grad();
    at::cross_entropy_loss(model.forward(tokens), labels).backward();
  };
  const std::function<void()> infer = [&] {
    const at::NoGradGuard no_grad;
    model.eval();
    model.forward(tokens);
    model.train();
  };
  const std::function<void()> train_bf16 = [&] {
    const Bf16Scope bf16;
    train();
  };
  measure({{"training step, fused", train},
           {"training step, fused, bf16", train_bf16},
           {"training step, composition", with_reference(train)}});
  measure({{"inference, fused", infer}, {"inference, composition", with_reference(infer)}});
}

void measure_operation(const std::string& name, std::vector<at::Tensor> inputs,
                       const std::function<at::Tensor(const std::vector<at::Tensor>&)>& operation) {
  for (at::Tensor& input : inputs) input.requires_grad_();
  const at::Tensor gradient = at::ones_like(operation(inputs));
  const std::function<void()> work = [&] {
    operation(inputs).backward(gradient);
    for (at::Tensor& input : inputs) input.mutable_grad().reset();
  };
  measure({{name + ", fused", work}, {name + ", composition", with_reference(work)}});
}

void measure_operations(const PackedTokens& tokens) {
  const std::int64_t rows = tokens.segments.rows();
  const auto& offsets = tokens.segments.offsets;
  const KeyedDropout dropout = {.p = 0.1, .key = 3};
  const auto matrix = [&](std::int64_t width) { return at::randn({rows, width}); };
  measure_operation("attention", {matrix(384), matrix(384), matrix(384)}, [&](const auto& in) {
    return packed_attention(in[0], in[1], in[2], offsets, offsets, 12, 0.177, dropout);
  });
  measure_operation("attention, causal", {matrix(384), matrix(384), matrix(384)},
                    [&](const auto& in) {
                      return packed_attention(in[0], in[1], in[2], offsets, offsets, 12, 0.177,
                                              dropout, {.causal = true});
                    });
  const std::int64_t longest = tokens.segments.max_length();
  measure_operation("attention, bias",
                    {matrix(384), matrix(384), matrix(384), at::randn({12, longest, longest})},
                    [&](const auto& in) {
                      return packed_attention(in[0], in[1], in[2], offsets, offsets, 12, 0.177,
                                              dropout, {.bias = in[3]});
                    });
  measure_operation("bias + gelu", {matrix(1536), at::randn({1536})}, [&](const auto& in) {
    return bias_activation(in[0], in[1], Activation::gelu);
  });
  measure_operation("bias + dropout + residual + norm",
                    {matrix(384), at::randn({384}), matrix(384), at::ones({384}), at::zeros({384})},
                    [&](const auto& in) {
                      return residual_norm(in[0], in[1], in[2], in[3], in[4], 1e-12, dropout);
                    });
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 2;
  std::int64_t scale = 1;
  bool step_only = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--step-only") == 0) step_only = true;
    if (i + 1 == argc) break;
    if (std::strcmp(argv[i], "--threads") == 0) threads = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--repeat") == 0) repeat = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--length-scale") == 0) scale = std::atoi(argv[i + 1]);
  }
  at::set_num_threads(threads);
  const PackedTokens tokens = batch(scale);
  measure_step(tokens);
  if (!step_only) measure_operations(tokens);
}
