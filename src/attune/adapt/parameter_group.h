#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace attune {

struct NamedParameter {
  std::string name;
  at::Tensor tensor;
};

/// Parameters that an optimizer updates with the same settings.
struct ParameterGroup {
  std::string name;  ///< for people: "layer 3", "layer 3, no decay"
  std::vector<NamedParameter> parameters;
  double learning_rate = 0;  ///< at the schedule's peak
  double weight_decay = 0;
};

}  // namespace attune
