#include "attune/train/testing/toy_step.h"

#include <cmath>
#include <cstring>
#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

constexpr std::int64_t kWords = 20, kWidth = 8, kClasses = 3;

struct Part : nn::Module {
  Part(std::vector<std::int64_t> shape, std::uint64_t seed) {
    const std::int64_t out = shape[0];
    weight = register_parameter("weight", at::empty(shape));
    bias = register_parameter("bias", at::zeros({out}));
    const at::NoGradGuard no_grad;
    const Rng rng(seed, "toy");
    for (std::int64_t i = 0; i < weight.numel(); ++i) {
      weight.data_ptr<float>()[i] =
          static_cast<float>(rng.normal(static_cast<std::uint64_t>(i)) * 0.3);
    }
  }
  at::Tensor weight, bias;
};

Part& part(const std::shared_ptr<nn::Module>& module) {
  return static_cast<Part&>(*module);
}

std::int64_t word(std::int64_t example, std::uint64_t position) {
  return static_cast<std::int64_t>(
      Rng(1, "words", static_cast<std::uint64_t>(example)).below(position, kWords));
}

}  // namespace

ToyModel::ToyModel() {
  embeddings =
      register_module("embeddings", std::make_shared<Part>(std::vector{kWords, kWidth}, 1));
  layer = register_module("layer", std::make_shared<Part>(std::vector{kWidth, kWidth}, 2));
  head = register_module("head", std::make_shared<Part>(std::vector{kClasses, kWidth}, 3));
}

std::vector<DepthGroup> ToyModel::depth_groups() const {
  return {{"embeddings", {"embeddings."}}, {"layer", {"layer."}}, {"head", {"head."}}};
}

ToyStep::ToyStep(std::int64_t examples, double dropout)
    : examples_(examples), dropout_(dropout), model_(std::make_shared<ToyModel>()) {}

std::vector<std::int64_t> ToyStep::example_lengths() const {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < examples_; ++i) lengths.push_back(1 + word(i, 9) % 5);
  return lengths;
}

double ToyStep::weight_of(Examples examples) const {
  double weight = 0;  // examples weigh 1, 2 or 3
  for (const std::int64_t i : examples) weight += static_cast<double>(1 + i % 3);
  return weight;
}

at::Tensor ToyStep::logits(std::span<const std::int64_t> examples, const StepContext* context) {
  std::vector<at::Tensor> rows;
  for (const std::int64_t i : examples) {
    const at::Tensor& table = part(model_->embeddings).weight;
    rows.push_back(table[word(i, 0)] + table[word(i, 1)] + part(model_->embeddings).bias[0]);
  }
  at::Tensor state = at::stack(rows);
  if (context != nullptr && model_->embeddings->is_training() && dropout_ > 0) {
    at::Tensor mask = at::empty_like(state, state.options().requires_grad(false));
    const Rng rng(context->seed, "toy dropout", static_cast<std::uint64_t>(context->global_step),
                  static_cast<std::uint64_t>(context->micro_step));
    for (std::int64_t i = 0; i < mask.numel(); ++i) {
      const bool keep = rng.uniform(static_cast<std::uint64_t>(i)) >= dropout_;
      mask.data_ptr<float>()[i] = keep ? static_cast<float>(1 / (1 - dropout_)) : 0.0f;
    }
    state = state * mask;
  }
  state = at::tanh(at::linear(state, part(model_->layer).weight, part(model_->layer).bias));
  return at::linear(state, part(model_->head).weight, part(model_->head).bias);
}

at::Tensor ToyStep::losses(std::span<const std::int64_t> examples, const StepContext* context) {
  std::vector<std::int64_t> labels;
  for (const std::int64_t i : examples) labels.push_back((word(i, 0) + word(i, 1)) % kClasses);
  return at::cross_entropy_loss(logits(examples, context), at::tensor(labels), {},
                                at::Reduction::None);
}

std::optional<double> ToyStep::known_weight(Examples examples) const {
  return knows_weight ? std::optional(weight_of(examples)) : std::nullopt;
}

Loss ToyStep::loss(Examples examples, const StepContext& context) {
  seen.emplace_back(examples.begin(), examples.end());
  contexts.push_back(context);
  std::vector<float> weights;
  for (const std::int64_t i : examples) {
    weights.push_back(poisoned.contains(i) ? std::numeric_limits<float>::quiet_NaN()
                                           : static_cast<float>(1 + i % 3));
  }
  const at::Tensor weighted = losses(examples, &context) * at::tensor(weights);
  Loss loss{.sum = weighted.sum(), .weight = weight_of(examples)};
  if (tells_parts) {
    const double head = weighted[0].item<double>();
    loss.parts = {{"first", head}, {"rest", loss.sum.item<double>() - head}};
  }
  if (memory != 0) {
    const double mean = loss.sum.item<double>() / loss.weight;
    loss.sum = loss.sum * (1 + memory * remembered_);
    remembered_ = static_cast<float>(mean);
  }
  return loss;
}

std::string ToyStep::example_name(std::int64_t example) const {
  return "toy.csv:" + std::to_string(example + 2);
}

std::map<std::string, at::Tensor> ToyStep::carried_state() const {
  if (memory == 0) return {};
  return {{"remembered", at::full({}, remembered_, at::kFloat)}};
}

void ToyStep::load_carried_state(const std::map<std::string, at::Tensor>& state) {
  remembered_ = state.at("remembered").item<double>();
}

void ToyStep::save(const fs::path& folder) const {
  std::vector<TensorView> views;
  for (const auto& item : model_->named_parameters()) {
    views.push_back({.name = item.name,
                     .dtype = DType::f32,
                     .shape = item.tensor.sizes().vec(),
                     .bytes = {static_cast<const std::byte*>(item.tensor.const_data_ptr()),
                               static_cast<std::size_t>(item.tensor.nbytes())}});
  }
  write_safetensors(folder / "model.safetensors", views);
}

void ToyStep::load(const fs::path& folder) {
  const CheckpointFile file = read_safetensors(folder / "model.safetensors");
  for (auto& item : model_->named_parameters()) {
    const TensorView* view = file.find(item.name);
    ASSERT_NE(view, nullptr);
    std::memcpy(item.tensor.mutable_data_ptr(), view->bytes.data(), view->bytes.size());
  }
}

MetricValues ToyStep::evaluate() {
  model_->eval();
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < examples_; ++i) all.push_back(i);
  const at::Tensor calls_zero = logits(all, nullptr).argmax(1).eq(0);
  return {.values = {{"loss", losses(all, nullptr).mean().item<double>()},
                     {"accuracy", calls_zero.to(at::kFloat).mean().item<double>()}}};
}

std::vector<at::Tensor> ToyStep::weights() const {
  std::vector<at::Tensor> result;
  for (const at::Tensor& parameter : model_->parameters()) {
    result.push_back(parameter.detach().clone());
  }
  return result;
}

}  // namespace attune
