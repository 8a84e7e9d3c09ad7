#pragma once

#include "attune/train/options.h"

namespace attune {

/// Whether matrix products run in bfloat16: where it is asked for. `auto` takes the faster one,
/// which is float32 so far.
bool uses_bf16(const TrainingArguments& args);

/// While it lives, LibTorch casts the inputs of matrix products on the CPU to bfloat16 (autocast)
/// on this thread. Parameters, gradients and optimizer state stay float32.
class AutocastScope {
 public:
  explicit AutocastScope(bool enabled);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool enabled_, enabled_before_ = false;
  int dtype_before_ = 0;
};

}  // namespace attune
