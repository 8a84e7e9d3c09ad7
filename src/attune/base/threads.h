#pragma once

#include <cstdint>
#include <functional>

namespace attune {

/// Runs `work(begin, end)` over [0, count) on at most `threads` threads, in chunks of at least
/// `grain`. Returns when all is done; the first exception is rethrown. Which thread runs a chunk
/// is not fixed, so `work` must depend on the index alone. `threads` 0 means as many as
/// `set_default_threads` says.
/// Throws `Stopped` (process/stop.h) where a signal has asked to stop, between two chunks.
/// For decoding and tokenising; mathematics runs on LibTorch's own pool.
void parallel_for(std::int64_t count, std::int64_t grain, int threads,
                  const std::function<void(std::int64_t, std::int64_t)>& work);

/// 0, as it is at first: all cores.
void set_default_threads(int threads);

}  // namespace attune
