#include "attune/kernels/runtime/threads.h"

#include <ATen/Parallel.h>

#include "attune/base/threads.h"

namespace attune {

void use_threads(std::int64_t threads) {
  set_default_threads(static_cast<int>(threads));
  // LibTorch's own default is left alone: it refuses 0, and goes by the cores and OMP_NUM_THREADS.
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
}

}  // namespace attune
