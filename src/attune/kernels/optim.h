#pragma once

#include "attune/kernels/simd/optim_loops.h"

namespace attune {

/// The optimizers' loops for this processor.
const OptimLoops& optim_loops();

}  // namespace attune
