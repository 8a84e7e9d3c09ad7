// Precompiled for folders that compute with tensors. Every `ATen/ops/x.h` includes what `empty.h`
// does; what costs more (ATen/ATen.h, autograd, torch/nn) stays with the few sources that need it.
#pragma once

#include "light_header.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
