#include "attune/kernels/optim.h"

#include "attune/base/system.h"

namespace attune {

const OptimLoops& optim_loops() {
  static const OptimLoops loops = [] {
    if (cpu_features().avx512) return avx512::optim_loops();
    if (cpu_features().avx2) return avx2::optim_loops();
    return baseline::optim_loops();
  }();
  return loops;
}

}  // namespace attune
