#include "attune/data/scan.h"

#include <atomic>

#include "attune/base/progress.h"
#include "attune/base/threads.h"

namespace attune {

void look_at_each(std::int64_t total, std::int64_t threads, const std::string& activity,
                  const std::string& unit, const std::function<void(std::size_t)>& look) {
  constexpr std::int64_t kTold = 256;
  std::atomic<std::int64_t> done = 0;
  parallel_for(total, 1, static_cast<int>(threads), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      look(static_cast<std::size_t>(i));
      // Threads finish in any order; the one that passes a multiple tells it, so that none is told
      // twice.
      const std::int64_t now = ++done;
      if (now % kTold != 0 && now != total) continue;
      report_progress({.activity = activity,
                       .done = now,
                       .total = total,
                       .unit = unit,
                       .finished = now == total});
    }
  });
}

std::string without_file(const std::string& message, const std::string& file) {
  return message.starts_with(file + ": ") ? message.substr(file.size() + 2) : message;
}

}  // namespace attune
