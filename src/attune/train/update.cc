#include "attune/train/update.h"

#include <cmath>

#include <ATen/ops/full.h>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/kernels/linear.h"
#include "attune/nn/noise.h"

namespace attune {
namespace {

constexpr std::size_t kNamesInMessage = 16;

std::string names_of(const TrainStep& step, std::span<const std::int64_t> examples) {
  std::vector<std::string> names;
  for (const std::int64_t example : examples.first(std::min(examples.size(), kNamesInMessage))) {
    names.push_back(step.example_name(example));
  }
  const std::size_t more = examples.size() - names.size();
  return join(names, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
}

std::span<const std::int64_t> examples_of(const EpochBatches& batches, std::int64_t first,
                                          std::int64_t last) {
  const auto begin = static_cast<std::size_t>(batches.offsets[static_cast<std::size_t>(first)]);
  const auto end = static_cast<std::size_t>(batches.offsets[static_cast<std::size_t>(last)]);
  return std::span(batches.examples).subspan(begin, end - begin);
}

double backward(TrainStep& step, std::span<const std::int64_t> batch, const StepContext& context,
                double total_weight, bool bf16) {
  const NoiseScope noise(context.seed, context.epoch, context.global_step, context.micro_step);
  at::Tensor loss;
  {
    const Bf16Scope products(bf16);
    loss = step.loss_sum(batch, context);
  }
  const double value = loss.item<double>();
  check(std::isfinite(value), ErrorKind::data,
        "the loss is {} in step {} (epoch {}); its batch: {}. Look at these examples; if they are "
        "sound, lower the learning rate or train in fp32",
        value, context.global_step + 1, context.epoch + 1, names_of(step, batch));
  loss.backward(at::full({}, 1 / total_weight, loss.options().requires_grad(false)));
  return value;
}

}  // namespace

UpdateResult run_update(TrainStep& step, Optimizer& optimizer, const EpochBatches& batches,
                        std::int64_t first, std::int64_t last, StepContext context,
                        std::span<const double> learning_rates, const UpdateSettings& settings) {
  const std::span<const std::int64_t> examples = examples_of(batches, first, last);
  double weight = 0;
  for (std::int64_t b = first; b < last; ++b) weight += step.loss_weight(batches[b]);
  check(std::isfinite(weight) && weight > 0, ErrorKind::data,
        "step {}: the weights of its examples sum up to {}, expected more than 0; its batch: {}",
        context.global_step + 1, weight, names_of(step, examples));

  UpdateResult result{.samples = static_cast<std::int64_t>(examples.size())};
  for (std::int64_t b = first; b < last; ++b) {
    context.micro_step = b - first;
    result.loss += backward(step, batches[b], context, weight, settings.bf16) / weight;
  }
  double scale = 1;
  if (settings.max_grad_norm > 0) {
    result.grad_norm = global_grad_norm(optimizer.groups());
    check(std::isfinite(result.grad_norm), ErrorKind::data,
          "the gradient's norm is {} in step {} (epoch {}), its loss is {}; its batch: {}. Look at "
          "these examples; if they are sound, lower the learning rate or train in fp32",
          result.grad_norm, context.global_step + 1, context.epoch + 1, result.loss,
          names_of(step, examples));
    scale = clip_factor(result.grad_norm, settings.max_grad_norm);
  }
  optimizer.step(learning_rates, scale);
  optimizer.zero_grad();
  return result;
}

}  // namespace attune
