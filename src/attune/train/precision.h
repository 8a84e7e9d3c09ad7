#pragma once

#include "attune/train/options.h"

namespace attune {

/// Whether matrix products run in bfloat16. `auto` takes it where the processor has AMX tiles that
/// its libraries can use; elsewhere float32 is faster. Depends on the processor alone.
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
