#pragma once

#include <utility>
#include <vector>

#include "attune/nn/module.h"

namespace attune {

/// Has a model in evaluation mode while it lives, and puts each of its modules back as it was then
/// (frozen ones were in evaluation mode before).
class EvaluationMode {
 public:
  explicit EvaluationMode(nn::Module& model) {
    for (const auto& [path, module] : model.named_modules()) {
      before_.emplace_back(module, module->is_training());
    }
    model.eval();
  }
  ~EvaluationMode() {
    // Parents come before their children, which `train` sets too.
    for (const auto& [module, training] : before_) module->train(training);
  }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<nn::Module*, bool>> before_;
};

}  // namespace attune
