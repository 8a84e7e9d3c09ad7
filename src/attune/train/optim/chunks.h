#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include <ATen/Parallel.h>

namespace attune {

/// Runs `work(i)` for i in [0, count) on LibTorch's threads; each takes the next index when it is
/// done with one, so uneven work spreads evenly. `work` must depend on the index alone.
template <typename Work>
void for_each_chunk(std::int64_t count, const Work& work) {
  std::atomic<std::int64_t> next{0};
  const std::int64_t workers = std::min<std::int64_t>(at::get_num_threads(), count);
  at::parallel_for(0, workers, 1, [&](std::int64_t, std::int64_t) {
    for (;;) {
      const std::int64_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= count) return;
      work(i);
    }
  });
}

}  // namespace attune
