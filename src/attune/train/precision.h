#pragma once

#include "attune/train/options.h"

namespace attune {

/// Whether matrix products run in bfloat16 (kernels/linear.h): where it is asked for, and by `auto`
/// where the processor is faster with it. On a GPU they do not; throws `user` where it is asked
/// for.
bool uses_bf16(const TrainingArguments& args);

}  // namespace attune
