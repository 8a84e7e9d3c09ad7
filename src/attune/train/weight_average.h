#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "attune/nn/module.h"

namespace attune {

/// An exponential moving average of a model's weights (Polyak and Juditsky 1992), buffers such as
/// BatchNorm's statistics among them; whole-number buffers are copied. As in TensorFlow's
/// `ExponentialMovingAverage` the decay of update n (from 1) is min(decay, (1 + n) / (10 + n)), so
/// that the first weights are soon forgotten.
class WeightAverage {
 public:
  /// Begins with the model's weights as they stand. `decay` in (0, 1). `model` must outlive it.
  WeightAverage(nn::Module& model, double decay);

  /// Takes the model's weights into the average; call it after every update.
  void update();
  /// Exchanges the model's weights and the averaged ones: call it twice to have a look at the
  /// averaged model.
  void swap();

  /// The averaged weights by name, and the number of updates: for a checkpoint.
  std::map<std::string, at::Tensor> state() const;
  /// Throws `data` where names or shapes are not those of the model.
  void load_state(const std::map<std::string, at::Tensor>& state);

 private:
  struct Weight {
    std::string name;
    at::Tensor model, average;
  };
  std::vector<Weight> weights_;
  double decay_;
  std::int64_t updates_ = 0;
};

/// Has the averaged weights in the model while it lives; does nothing without an average.
class AveragedWeights {
 public:
  explicit AveragedWeights(WeightAverage* average) : average_(average) {
    if (average_ != nullptr) average_->swap();
  }
  ~AveragedWeights() {
    if (average_ != nullptr) average_->swap();
  }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  WeightAverage* average_;
};

}  // namespace attune
