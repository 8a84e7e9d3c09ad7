#include "attune/train/update.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/strings.h"
#include "attune/kernels/linear.h"
#include "attune/nn/noise.h"

namespace attune {
namespace {

/// For messages: the sign of a NaN, which x86 sets where it makes one, would be printed.
double unsigned_nan(double value) {
  return std::isnan(value) ? std::fabs(value) : value;
}

constexpr std::size_t kNamesInMessage = 16;

/// A batch that is measured in tokens may hold hundreds of examples: an error names the first.
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

/// With weights of 0 (classes, samples) a batch can weigh nothing, and dividing by that would make
/// every parameter NaN.
void check_weight(double weight, const TrainStep& step, std::span<const std::int64_t> examples,
                  const StepContext& context) {
  check(std::isfinite(weight) && weight > 0, ErrorKind::data,
        "step {}: the weights of its examples sum up to {}, expected more than 0; its batch: {}",
        context.global_step + 1, weight, names_of(step, examples));
}

/// The weight of all batches, where it is known before they are run.
std::optional<double> known_weight(const TrainStep& step, const EpochBatches& batches,
                                   std::int64_t first, std::int64_t last) {
  double weight = 0;
  for (std::int64_t b = first; b < last; ++b) {
    const std::optional<double> known = step.known_weight(batches[b]);
    check(known.has_value() || b == first, ErrorKind::internal,
          "the weight of some batches is known ahead, that of others is not");
    if (!known) return {};
    weight += *known;
  }
  return weight;
}

/// Sums of one batch as numbers.
struct BatchSums {
  double loss, weight;
  Metrics parts;
};

/// Adds the gradient of the batch's losses, divided by `divisor`.
BatchSums backward(TrainStep& step, std::span<const std::int64_t> batch, const StepContext& context,
                   double divisor, bool bf16) {
  // Dropout is keyed by where in the run this is, so a resumed run draws the same masks.
  const NoiseScope noise(context.seed, context.epoch, context.global_step, context.micro_step);
  Loss loss;
  {
    // The forward pass is enough: what is computed under the scope multiplies in bfloat16 in its
    // backward pass too.
    const Bf16Scope products(bf16);
    loss = step.loss(batch, context);
  }
  const double value = loss.sum.item<double>();
  // Before the backward pass: a gradient that is not finite never reaches the weights.
  check(std::isfinite(value), ErrorKind::data,
        "the loss is {} in step {} (epoch {}); its batch: {}. Look at these examples; if they are "
        "sound, lower the learning rate or train in fp32",
        unsigned_nan(value), context.global_step + 1, context.epoch + 1, names_of(step, batch));
  // The division is the seed of the backward pass rather than an operation on the loss. The divisor
  // is the weight of all batches of the update: a mean of the means of batches would count the
  // examples of a short batch more.
  loss.sum.backward(at::full({}, 1 / divisor, loss.sum.options().requires_grad(false)));
  return {value, loss.weight, std::move(loss.parts)};
}

/// What batches of an update change beside gradients: running statistics, and what the step carries
/// on. A signal may come before the last of them; a checkpoint then holds the state before the
/// first.
class BeforeUpdate {
 public:
  BeforeUpdate(TrainStep& step, std::int64_t batches) : step_(step), batches_(batches) {
    if (batches_ < 2) return;  // a batch that is interrupted has changed nothing
    for (const auto& buffer : step.model().named_buffers()) {
      buffers_.emplace_back(buffer.tensor, buffer.tensor.detach().clone());
    }
    for (const auto& [name, tensor] : step.carried_state()) carried_[name] = tensor.clone();
  }
  void restore() const {
    if (batches_ < 2) return;
    const at::NoGradGuard no_grad;
    for (const auto& [buffer, before] : buffers_) buffer.copy_(before);
    if (!carried_.empty()) step_.load_carried_state(carried_);
  }

 private:
  TrainStep& step_;
  std::int64_t batches_;
  std::vector<std::pair<at::Tensor, at::Tensor>> buffers_;
  std::map<std::string, at::Tensor> carried_;
};

/// Adds `parts`, each divided by `divisor`, to those of the same name.
void add_parts(Metrics& sums, const Metrics& parts, double divisor) {
  for (const auto& [name, value] : parts) {
    auto found =
        std::find_if(sums.begin(), sums.end(), [&](const auto& sum) { return sum.first == name; });
    if (found == sums.end()) found = sums.insert(sums.end(), {name, 0.0});
    found->second += value / divisor;
  }
}

}  // namespace

UpdateResult run_update(TrainStep& step, Optimizer& optimizer, const EpochBatches& batches,
                        std::int64_t first, std::int64_t last, StepContext context,
                        std::span<const double> learning_rates, const UpdateSettings& settings) {
  const std::span<const std::int64_t> examples = examples_of(batches, first, last);
  // A weight known ahead divides each batch's gradient as it is made; one that only the forward
  // passes tell divides the sum of all, together with clipping.
  const std::optional<double> known = known_weight(step, batches, first, last);
  if (known) check_weight(*known, step, examples, context);
  const double divisor = known.value_or(1);
  UpdateResult result{.samples = static_cast<std::int64_t>(examples.size())};
  double weight = 0;
  const BeforeUpdate before(step, last - first);
  try {
    for (std::int64_t b = first; b < last; ++b) {
      context.micro_step = b - first;
      const BatchSums sums = backward(step, batches[b], context, divisor, settings.bf16);
      result.loss += sums.loss / divisor;
      add_parts(result.parts, sums.parts, divisor);
      weight += sums.weight;
    }
  } catch (const Stopped&) {
    before.restore();
    optimizer.zero_grad();
    throw;
  }
  double scale = 1;
  if (!known) {
    check_weight(weight, step, examples, context);
    scale = 1 / weight;
    result.loss /= weight;
    for (auto& [name, value] : result.parts) value /= weight;
  }
  // The norm is that of the gradient as it will be used; weights are still untouched where it is
  // not finite. Without clipping too: it is the cheapest look at every element.
  result.grad_norm = scale * global_grad_norm(optimizer.groups());
  check(std::isfinite(result.grad_norm), ErrorKind::data,
        "the gradient's norm is {} in step {} (epoch {}), its loss is {}; its batch: {}. Look at "
        "these examples; if they are sound, lower the learning rate or train in fp32",
        unsigned_nan(result.grad_norm), context.global_step + 1, context.epoch + 1,
        unsigned_nan(result.loss), names_of(step, examples));
  scale *= clip_factor(result.grad_norm, settings.max_grad_norm);
  optimizer.step(learning_rates, scale);
  optimizer.zero_grad();
  return result;
}

}  // namespace attune
