#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/eval/metrics/metric_values.h"
#include "attune/nn/module.h"
#include "attune/train/metrics.h"

namespace attune {

/// Training examples by number.
using Examples = std::span<const std::int64_t>;

/// Where in a run something is computed: the keys of all randomness (dropout, augmentation), so
/// that a resumed run draws the same numbers.
struct StepContext {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;        ///< whole epochs done before this one
  std::int64_t global_step = 0;  ///< optimizer updates done before this one
  std::int64_t micro_step = 0;   ///< part of an accumulated batch, from 0
  /// Depth groups below this one are frozen: run them in evaluation mode, without gradient, and
  /// cache what comes out of them where it is a function of the example alone.
  std::int64_t first_trained_group = 0;
  /// Whether examples come again with that group. A run's first updates, in which the head alone
  /// trains, may be over before they do: what is frozen is then not worth keeping.
  bool examples_recur = true;
  at::Device device = at::kCPU;  ///< of the model: what `loss` makes of its examples goes there
};

/// What a batch costs: sums and their weight, so that an accumulated batch equals the big one
/// exactly.
struct Loss {
  at::Tensor sum;     ///< sum (not mean) of the losses of the examples, a scalar with gradient
  double weight = 0;  ///< its denominator: examples, or the sum of their weights, boxes, tokens ...
  /// What the sum is made of, or anything else to watch, by name ("box", "class"): sums over the
  /// examples too. Each is logged as the mean is, divided by the weight: "loss_box".
  Metrics parts = {};
};

/// What a task implements so that the loop can train it. The loop knows no task: it asks for sums
/// of losses and their weights.
class TrainStep {
 public:
  virtual ~TrainStep() = default;

  virtual nn::Module& model() = 0;
  /// A cost per training example (tokens, or 1): the sampler groups and budgets by it.
  virtual std::vector<std::int64_t> example_lengths() const = 0;
  /// What those lengths count, as rates are told: "tokens". Empty where they count nothing.
  virtual std::string_view length_unit() const { return ""; }
  /// Lengths that make one of that unit: samples of a second.
  virtual double lengths_per_unit() const { return 1; }
  /// `Loss::weight` of `examples`, where it is known before they are run. None where the model's
  /// output decides (a detector counts the boxes it assigns): gradients are then divided by the
  /// weight of the whole update at its end. It must be known of all batches or of none.
  virtual std::optional<double> known_weight(Examples examples) const {
    (void)examples;
    return {};
  }
  /// Says that `loss` of these examples will be asked for soon, batch by batch in this order, so
  /// that their data can be made ready meanwhile. `context` is that of the update they belong to:
  /// with layer-wise training it may train a lower group than the update at hand.
  virtual void announce(Examples examples, const StepContext& context) {
    (void)examples, (void)context;
  }
  virtual Loss loss(Examples examples, const StepContext& context) = 0;
  /// Names an example for an error message: "train.csv:17".
  virtual std::string example_name(std::int64_t example) const = 0;

  /// What `loss` remembers from one update to the next and depends on (hidden states of truncated
  /// backpropagation through time), by name: float32 or int64. Checkpoints carry it.
  virtual std::map<std::string, at::Tensor> carried_state() const { return {}; }
  /// Puts back what `carried_state` gave. Throws `data` where it does not fit.
  virtual void load_carried_state(const std::map<std::string, at::Tensor>& state) { (void)state; }
};

/// Evaluates the model as it stands; values without prefix ("loss", "accuracy", ...), and those
/// that are undefined on the data with the reason. Groups below `context.first_trained_group` have
/// not been trained so far.
using EvaluateFunction = std::function<MetricValues(const StepContext& context)>;

}  // namespace attune
