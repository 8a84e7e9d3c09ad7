#include "attune/train/optim/elementwise.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "attune/train/optim/chunks.h"

namespace attune {
namespace {

constexpr std::int64_t kBlock = 1024;  // granularity of "never touched"
constexpr unsigned char kUntouched = 0, kTouched = 1, kUnknown = 2;
constexpr std::int64_t kElementsAThread = 32 * kBlock;  // of work handed to a thread

struct Chunk {
  std::size_t update;
  std::int64_t begin, end;
};

/// All parameters at once: most are small (biases, norms), and a parallel region for each would
/// cost more than its work. Whole blocks, so that no two threads share a block's mark.
template <typename Updates>
std::vector<Chunk> cut(const Updates& updates) {
  std::vector<Chunk> chunks;
  for (std::size_t u = 0; u < updates.size(); ++u) {
    const std::int64_t count = updates[u].gradient.numel();
    for (std::int64_t begin = 0; begin < count; begin += kElementsAThread) {
      chunks.push_back({u, begin, std::min(begin + kElementsAThread, count)});
    }
  }
  return chunks;
}

}  // namespace

Adam::Adam(std::vector<ParameterGroup> groups, const Settings& settings)
    : Optimizer(std::move(groups), {"exp_avg", "exp_avg_sq"}), settings_(settings) {}

std::vector<at::Tensor> Adam::make_buffers(const at::Tensor& parameter) const {
  const auto options = parameter.options().requires_grad(false);
  return {at::zeros(parameter.sizes(), options), at::zeros(parameter.sizes(), options)};
}

AdamStep Adam::coefficients(const Update& update, double grad_scale) const {
  // In double, rounded once: 1 - 0.999 taken in float has four good digits left, and torch computes
  // these as Python numbers.
  const auto t = static_cast<double>(update.slot->step);
  const double correction1 = 1 - std::pow(settings_.beta1, t);
  const double correction2 = 1 - std::pow(settings_.beta2, t);
  const double decay = settings_.decoupled_decay ? update.learning_rate * update.weight_decay : 0;
  const double l2 = settings_.decoupled_decay ? 0 : update.weight_decay;
  return {.grad_scale = static_cast<float>(grad_scale),
          .decay_factor = static_cast<float>(1 - decay),
          .l2 = static_cast<float>(l2),
          .one_minus_beta1 = static_cast<float>(1 - settings_.beta1),
          .beta2 = static_cast<float>(settings_.beta2),
          .one_minus_beta2 = static_cast<float>(1 - settings_.beta2),
          .step_size = static_cast<float>(update.learning_rate / correction1),
          .inverse_sqrt_correction2 = static_cast<float>(1 / std::sqrt(correction2)),
          .epsilon = static_cast<float>(settings_.epsilon)};
}

void Adam::update(std::span<Update> updates, double grad_scale) {
  const OptimLoops& loops = optim_loops();
  std::vector<AdamStep> steps;
  for (Update& update : updates) {
    steps.push_back(coefficients(update, grad_scale));
    const auto blocks = static_cast<std::size_t>((update.gradient.numel() + kBlock - 1) / kBlock);
    // Marks are not saved: after resuming, the moments tell. A block with zero moments and gradient
    // comes out the same either way.
    const unsigned char start = update.slot->step > 1 ? kUnknown : kUntouched;
    if (update.slot->touched.empty()) update.slot->touched.assign(blocks, start);
  }
  const std::vector<Chunk> chunks = cut(updates);
  for_each_chunk(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t index) {
    const Chunk& chunk = chunks[static_cast<std::size_t>(index)];
    const Update& update = updates[chunk.update];
    const AdamStep& step = steps[chunk.update];
    float* p = update.slot->parameter.data_ptr<float>();
    const float* g = update.gradient.const_data_ptr<float>();
    float* m = update.slot->buffers[0].data_ptr<float>();
    float* v = update.slot->buffers[1].data_ptr<float>();
    for (std::int64_t i = chunk.begin; i < chunk.end; i += kBlock) {
      const std::int64_t count = std::min(kBlock, chunk.end - i);
      unsigned char& touched = update.slot->touched[static_cast<std::size_t>(i / kBlock)];
      if (touched == kUnknown) {  // moments from a checkpoint
        touched =
            loops.all_zero(m + i, count) && loops.all_zero(v + i, count) ? kUntouched : kTouched;
      }
      // Its update is 0 / (0 + epsilon): only the decay is left to do. Adam's L2 term makes a
      // gradient of the weight itself, so there nothing is skipped.
      if (touched == kUntouched && step.l2 == 0 && loops.all_zero(g + i, count)) {
        if (step.decay_factor != 1) loops.scale(p + i, count, step.decay_factor);
        continue;
      }
      touched = kTouched;
      loops.adam(p + i, g + i, m + i, v + i, count, step);
    }
  });
}

// The loop of kernels/simd/optim_loops.cc, line by line.
void Adam::update_by_tensors(const Update& update, double grad_scale) {
  const AdamStep step = coefficients(update, grad_scale);
  at::Tensor parameter = update.slot->parameter;
  at::Tensor &mean = update.slot->buffers[0], &square = update.slot->buffers[1];
  parameter.mul_(step.decay_factor);
  at::Tensor gradient = update.gradient * step.grad_scale;
  if (step.l2 != 0) gradient.add_(parameter, step.l2);
  mean.lerp_(gradient, step.one_minus_beta1);
  square.mul_(step.beta2).addcmul_(gradient, gradient, step.one_minus_beta2);
  const at::Tensor denominator =
      square.sqrt().mul_(step.inverse_sqrt_correction2).add_(step.epsilon);
  parameter.addcdiv_(mean, denominator, -step.step_size);
}

Sgd::Sgd(std::vector<ParameterGroup> groups, double momentum)
    : Optimizer(std::move(groups), momentum > 0 ? std::vector<std::string>{"momentum_buffer"}
                                                : std::vector<std::string>{}),
      momentum_(momentum) {}

std::vector<at::Tensor> Sgd::make_buffers(const at::Tensor& parameter) const {
  if (momentum_ == 0) return {};
  return {at::zeros(parameter.sizes(), parameter.options().requires_grad(false))};
}

/// torch.optim.SGD: weight decay joins the gradient before momentum.
void Sgd::update(std::span<Update> updates, double grad_scale) {
  const OptimLoops& loops = optim_loops();
  const std::vector<Chunk> chunks = cut(updates);
  for_each_chunk(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t index) {
    const Chunk& chunk = chunks[static_cast<std::size_t>(index)];
    const Update& update = updates[chunk.update];
    const SgdStep step{.grad_scale = static_cast<float>(grad_scale),
                       .l2 = static_cast<float>(update.weight_decay),
                       .momentum = static_cast<float>(momentum_),
                       .learning_rate = static_cast<float>(update.learning_rate),
                       .first = update.slot->step == 1};
    float* buffer =
        momentum_ > 0 ? update.slot->buffers[0].data_ptr<float>() + chunk.begin : nullptr;
    loops.sgd(update.slot->parameter.data_ptr<float>() + chunk.begin,
              update.gradient.const_data_ptr<float>() + chunk.begin, buffer,
              chunk.end - chunk.begin, step);
  });
}

void Sgd::update_by_tensors(const Update& update, double grad_scale) {
  at::Tensor parameter = update.slot->parameter;
  at::Tensor gradient = update.gradient * grad_scale;
  if (update.weight_decay != 0) gradient.add_(parameter, update.weight_decay);
  // A new buffer is 0, so that the first update is the gradient's.
  if (momentum_ > 0) gradient = update.slot->buffers[0].mul_(momentum_).add_(gradient);
  parameter.sub_(gradient, update.learning_rate);
}

}  // namespace attune
