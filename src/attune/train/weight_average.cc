#include "attune/train/weight_average.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr const char* kUpdates = "updates";

}  // namespace

WeightAverage::WeightAverage(nn::Module& model, double decay) : decay_(decay) {
  const at::NoGradGuard no_grad;
  const auto add = [&](const auto& named) {
    for (const auto& item : named) {
      weights_.push_back({item.name, item.tensor, item.tensor.detach().clone()});
    }
  };
  add(model.named_parameters());
  // Averaged weights with the running statistics of others would normalise wrongly.
  add(model.named_buffers());
}

void WeightAverage::update() {
  const at::NoGradGuard no_grad;
  ++updates_;
  const auto n = static_cast<double>(updates_);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  for (Weight& weight : weights_) {
    if (weight.average.is_floating_point()) {
      weight.average.lerp_(weight.model, 1 - decay);
    } else {
      weight.average.copy_(weight.model);
    }
  }
}

void WeightAverage::swap() {
  const at::NoGradGuard no_grad;
  for (Weight& weight : weights_) {
    // Values are exchanged, not tensors: the optimizer and tied modules hold the model's tensors.
    const at::Tensor kept = weight.model.detach().clone();
    weight.model.copy_(weight.average);
    weight.average.copy_(kept);
  }
}

std::map<std::string, at::Tensor> WeightAverage::state() const {
  std::map<std::string, at::Tensor> state;
  for (const Weight& weight : weights_) state.emplace(weight.name, weight.average.contiguous());
  state.emplace(kUpdates, at::full({}, updates_, at::kLong));
  return state;
}

void WeightAverage::load_state(const std::map<std::string, at::Tensor>& state) {
  const at::NoGradGuard no_grad;
  // All shapes are checked before any weight is copied: no half of a file is taken.
  const auto find = [&](const std::string& name) -> const at::Tensor& {
    const auto found = state.find(name);
    check(found != state.end(), ErrorKind::data, "the averaged weights lack {}", name);
    return found->second;
  };
  for (const Weight& weight : weights_) {
    check(find(weight.name).sizes() == weight.average.sizes(), ErrorKind::data,
          "the averaged weight {} has another shape than the model's", weight.name);
  }
  const at::Tensor& updates = find(kUpdates);
  check(updates.scalar_type() == at::kLong && updates.numel() == 1, ErrorKind::data,
        "the averaged weights have {} numbers of type {} as \"{}\", expected one int64",
        updates.numel(), at::toString(updates.scalar_type()), kUpdates);
  for (Weight& weight : weights_) weight.average.copy_(find(weight.name));
  updates_ = updates.item<std::int64_t>();
}

}  // namespace attune
