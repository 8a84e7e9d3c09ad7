#pragma once

#include <c10/core/Device.h>

#include "attune/train/options.h"

namespace attune {

/// Whether matrix products run in bfloat16 (kernels/linear.h): where it is asked for, and by `auto`
/// where the processor is faster with it. On a GPU they do not; throws `user` where it is asked
/// for.
bool uses_bf16(Precision wanted, const at::Device& device);
/// The same for a run's options `precision`, `bf16` and where it computes.
bool uses_bf16(const TrainingArguments& args);

/// Warns where bfloat16 products are slower than those in fp32.
void warn_of_slow_bf16();

}  // namespace attune
