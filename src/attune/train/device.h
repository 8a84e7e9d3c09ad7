#pragma once

#include <c10/core/Device.h>

#include "attune/train/options.h"

namespace attune {

/// Where `wanted` lets a run compute: `auto` is the first GPU where CUDA can be used, the CPU
/// elsewhere. Loads CUDA into the process the first time that it is needed; call it before tensors
/// are made, for LibTorch looks for CUDA only once. Throws `user`, saying what is missing, where
/// `cuda` is asked for and cannot be used.
at::Device choose_device(DeviceName wanted);
/// The same for a run's options `device` and `use_cpu`.
at::Device choose_device(const TrainingArguments& args);

}  // namespace attune
