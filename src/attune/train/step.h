#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/base/files.h"
#include "attune/nn/module.h"

namespace attune {

/// Where in a run a loss is computed: the keys of all randomness (dropout, augmentation), so that
/// a resumed run draws the same numbers.
struct StepContext {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;        ///< whole epochs done before this one
  std::int64_t global_step = 0;  ///< optimizer updates done before this one
  std::int64_t micro_step = 0;   ///< part of an accumulated batch, from 0
  /// Depth groups below this one are frozen: run them in evaluation mode, without gradient, and
  /// cache what comes out of them where it is a function of the example alone.
  std::int64_t first_trained_group = 0;
};

/// What a task implements so that the loop can train it. The loop knows no task: it asks for sums
/// of losses and their weights, so that an accumulated batch equals the big one exactly.
class TrainStep {
 public:
  virtual ~TrainStep() = default;

  virtual nn::Module& model() = 0;
  /// A cost per training example (tokens, or 1): the sampler groups and budgets by it.
  virtual std::vector<std::int64_t> example_lengths() const = 0;
  /// The denominator of the mean loss over `examples`: their number, or the sum of their weights.
  virtual double loss_weight(std::span<const std::int64_t> examples) const = 0;
  /// Says that `loss_sum` of these examples will be asked for soon, batch by batch in this order,
  /// so that their data can be made ready meanwhile.
  virtual void announce(std::span<const std::int64_t> examples, std::int64_t epoch) {
    (void)examples, (void)epoch;
  }
  /// The sum (not mean) of the losses of `examples`, a scalar with gradient.
  virtual at::Tensor loss_sum(std::span<const std::int64_t> examples,
                              const StepContext& context) = 0;
  /// Names an example for an error message: "train.csv:17".
  virtual std::string example_name(std::int64_t example) const = 0;
  /// Writes everything another tool needs to open the model (weights, config, tokenizer, labels)
  /// into `folder`, which exists.
  virtual void save_model(const fs::path& folder) const = 0;
  /// Loads the weights that `save_model` wrote into `model()`, strictly.
  virtual void load_model(const fs::path& folder) = 0;
};

/// Evaluates the model as it stands; named numbers without prefix ("loss", "accuracy", ...).
using EvaluateFunction = std::function<std::vector<std::pair<std::string, double>>()>;

}  // namespace attune
