#include "attune/kernels/runtime/threads.h"

#include <ATen/Parallel.h>

#include "attune/base/threads.h"

namespace attune {

void use_threads(std::int64_t threads) {
  set_default_threads(static_cast<int>(threads));
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
}

}  // namespace attune
