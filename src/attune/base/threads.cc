#include "attune/base/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "attune/base/process/stop.h"

namespace attune {

namespace {

constexpr std::int64_t kLargestChunk = 1024;  // texts, rows of a table

std::atomic<int> default_threads{0};

std::int64_t thread_count(int threads) {
  if (threads == 0) threads = default_threads;
  return threads > 0 ? threads : std::max<std::int64_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

void set_default_threads(int threads) {
  default_threads = threads;
}

void parallel_for(std::int64_t count, std::int64_t grain, int threads,
                  const std::function<void(std::int64_t, std::int64_t)>& work) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  const std::int64_t workers = std::min(thread_count(threads), (count + grain - 1) / grain);
  // Some eight chunks for each thread: pictures differ in size, and with one chunk each all would
  // wait for the slowest. No larger than what takes well below a second, for between two of them a
  // signal is looked at.
  const std::int64_t chunk = std::max(grain, std::min(count / (workers * 8), kLargestChunk));
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr first_error;
  std::int64_t failed_at = count;
  const auto run = [&] {
    std::int64_t begin = 0;
    try {
      for (;;) {
        check_stop();
        begin = next.fetch_add(chunk);
        if (begin >= count) return;
        work(begin, std::min(begin + chunk, count));
      }
    } catch (...) {
      // An exception that leaves a thread's function ends the program (std::terminate).
      std::lock_guard lock(mutex);
      // Chunks are begun in order and those begun are finished, so the lowest one that fails is the
      // same on every run: people are told of the same file each time.
      if (begin < failed_at) {
        failed_at = begin;
        first_error = std::current_exception();
      }
      next = count;
    }
  };
  // jthread joins in its destructor: where the system refuses a thread, those already started still
  // end before what they refer to is gone.
  std::vector<std::jthread> pool;
  for (std::int64_t i = 1; i < workers; ++i) pool.emplace_back(run);
  run();
  pool.clear();  // joins
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace attune
