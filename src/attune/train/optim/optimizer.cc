#include "attune/train/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <fmt/ostream.h>

#include "attune/base/error.h"
#include "attune/kernels/optim.h"
#include "attune/train/optim/chunks.h"

namespace attune {
namespace {

void check_parameter(const NamedParameter& parameter) {
  const at::Tensor& tensor = parameter.tensor;
  check(tensor.scalar_type() == at::kFloat, ErrorKind::user,
        "parameter {}: got {}, the optimizer expects float32", parameter.name,
        c10::toString(tensor.scalar_type()));
  check(tensor.is_contiguous(), ErrorKind::user, "parameter {}: expected contiguous memory",
        parameter.name);
}

/// No gradient and a gradient of zeros are two things: a parameter without one is not even decayed.
at::Tensor dense_gradient(const at::Tensor& parameter, const std::string& name) {
  const at::Tensor gradient = parameter.grad();
  if (!gradient.defined()) return {};
  check(gradient.layout() == at::kStrided && gradient.scalar_type() == at::kFloat,
        ErrorKind::internal, "gradient of {}: expected dense float32, got {}", name,
        gradient.toString());
  return gradient.contiguous();
}

}  // namespace

Optimizer::Optimizer(std::vector<ParameterGroup> groups, std::vector<std::string> buffer_names)
    : groups_(std::move(groups)), buffer_names_(std::move(buffer_names)) {
  std::set<std::string> names;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    for (const NamedParameter& parameter : groups_[g].parameters) {
      check_parameter(parameter);
      // State is saved by name: of two with one name, one would be lost.
      check(names.insert(parameter.name).second, ErrorKind::user,
            "parameter {} is in two parameter groups", parameter.name);
      slots_.push_back({.name = parameter.name, .parameter = parameter.tensor, .group = g});
    }
  }
}

void Optimizer::step(std::span<const double> learning_rates, double grad_scale) {
  check(learning_rates.size() == groups_.size(), ErrorKind::internal,
        "optimizer: got {} learning rates for {} groups", learning_rates.size(), groups_.size());
  const at::NoGradGuard no_grad;
  std::vector<Update> updates, by_tensors;
  for (Slot& slot : slots_) {
    at::Tensor gradient = dense_gradient(slot.parameter, slot.name);
    if (!gradient.defined()) continue;
    // State comes with the first gradient, as in torch: groups that are never unfrozen cost no
    // memory, and one unfrozen late gets the bias correction of a first update.
    if (slot.step == 0) slot.buffers = make_buffers(slot.parameter);
    ++slot.step;
    const bool has_loops = slot.parameter.is_cpu() && !tensor_maths_;
    (has_loops ? updates : by_tensors)
        .push_back({.slot = &slot,
                    .gradient = std::move(gradient),
                    .learning_rate = learning_rates[slot.group],
                    .weight_decay = groups_[slot.group].weight_decay});
  }
  update(updates, grad_scale);
  for (const Update& each : by_tensors) update_by_tensors(each, grad_scale);
}

void Optimizer::zero_grad() {
  // torch's set_to_none: zeros would count as a gradient of parameters that the next update leaves
  // out.
  for (Slot& slot : slots_) slot.parameter.mutable_grad().reset();
}

std::map<std::string, at::Tensor> Optimizer::state() const {
  std::map<std::string, at::Tensor> result;
  for (const Slot& slot : slots_) {
    if (slot.step == 0) continue;
    result[slot.name + ".step"] = at::scalar_tensor(slot.step, at::kLong);
    for (std::size_t i = 0; i < slot.buffers.size(); ++i) {
      result[slot.name + "." + buffer_names_[i]] = slot.buffers[i];
    }
  }
  return result;
}

void Optimizer::load_state(const std::map<std::string, at::Tensor>& state) {
  std::size_t used = 0;
  for (Slot& slot : slots_) {
    slot.step = 0;
    slot.buffers.clear();
    slot.touched.clear();
    const auto step = state.find(slot.name + ".step");
    if (step == state.end()) continue;
    check(step->second.numel() == 1 && step->second.scalar_type() == at::kLong, ErrorKind::data,
          "optimizer state {}: expected one int64", step->first);
    slot.step = step->second.item<std::int64_t>();
    check(slot.step > 0, ErrorKind::data, "optimizer state {}: got {}, expected at least 1",
          step->first, slot.step);
    slot.buffers = make_buffers(slot.parameter);
    ++used;
    for (std::size_t i = 0; i < slot.buffers.size(); ++i) {
      const std::string name = slot.name + "." + buffer_names_[i];
      const auto found = state.find(name);
      check(found != state.end(), ErrorKind::data, "optimizer state {} is missing", name);
      check(found->second.sizes() == slot.buffers[i].sizes() &&
                found->second.scalar_type() == at::kFloat,
            ErrorKind::data, "optimizer state {}: got {} {}, expected float32 {}", name,
            c10::toString(found->second.scalar_type()), fmt::streamed(found->second.sizes()),
            fmt::streamed(slot.buffers[i].sizes()));
      slot.buffers[i].copy_(found->second);
      ++used;
    }
  }
  // What is left over was some parameter's: without it the run would go on as another one.
  check(used == state.size(), ErrorKind::data,
        "optimizer state: {} of its {} tensors belong to no parameter of this model",
        state.size() - used, state.size());
}

double global_grad_norm(const std::vector<ParameterGroup>& groups) {
  // Pieces of fixed size, added in their order in double: the same bits for any number of threads.
  constexpr std::int64_t kChunk = 1 << 15;
  std::vector<at::Tensor> gradients, sums_elsewhere;
  std::vector<std::pair<const float*, std::int64_t>> chunks;
  for (const ParameterGroup& group : groups) {
    for (const NamedParameter& parameter : group.parameters) {
      at::Tensor gradient = dense_gradient(parameter.tensor, parameter.name);
      if (!gradient.defined()) continue;
      if (!gradient.is_cpu()) {
        sums_elsewhere.push_back(gradient.square().sum(at::kDouble));
        continue;
      }
      const float* values = gradient.const_data_ptr<float>();
      for (std::int64_t begin = 0; begin < gradient.numel(); begin += kChunk) {
        chunks.emplace_back(values + begin, std::min(kChunk, gradient.numel() - begin));
      }
      gradients.push_back(std::move(gradient));
    }
  }
  std::vector<double> sums(chunks.size());
  for_each_chunk(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t i) {
    const auto& [values, count] = chunks[static_cast<std::size_t>(i)];
    sums[static_cast<std::size_t>(i)] = optim_loops().sum_of_squares(values, count);
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  // One transfer for all of them: the GPU is waited for once.
  if (!sums_elsewhere.empty()) sum += at::stack(sums_elsewhere).sum().item<double>();
  return std::sqrt(sum);
}

double clip_factor(double norm, double max_norm) {
  // torch's clip_grad_norm_, its 1e-6 included.
  return max_norm > 0 ? std::min(1.0, max_norm / (norm + 1e-6)) : 1.0;
}

}  // namespace attune
