#include "attune/media/memory_budget.h"

#include <algorithm>
#include <limits>

#include "attune/base/error.h"
#include "attune/base/text/human.h"

namespace attune {

std::uint64_t expansion_limit(std::uint64_t file_bytes, std::uint64_t most) {
  if (file_bytes > std::numeric_limits<std::uint64_t>::max() / kMostExpansion) return most;
  return std::min(most, std::max(kFreeExpansion, kMostExpansion * file_bytes));
}

const std::shared_ptr<MemoryBudget>& MemoryBudget::standard() {
  static const auto budget = std::make_shared<MemoryBudget>(kDefault);
  return budget;
}

std::uint64_t MemoryBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

void MemoryBudget::take(std::uint64_t held, std::uint64_t more) {
  std::unique_lock lock(mutex_);
  if (held > 0) {
    ++growing_;
    // Others that wait to grow may now be all there are.
    changed_.notify_all();
  }
  changed_.wait(lock, [&] {
    return more <= limit_ - std::min(used_, limit_) || (held > 0 && holders_ == growing_);
  });
  if (held > 0) {
    --growing_;
  } else {
    ++holders_;
  }
  used_ += more;
}

void MemoryBudget::give_back(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
    --holders_;
  }
  changed_.notify_all();
}

void MemoryShare::take(std::uint64_t bytes, const std::string& name) {
  if (bytes == 0) return;
  check(bytes <= budget_->limit() - std::min(held_, budget_->limit()), ErrorKind::data,
        "{}: decoding it takes {} of memory, more than the {} that all pictures may take that are "
        "decoded at once; raise --decode-memory where the file is to be trusted",
        name, human_bytes(held_ + bytes), human_bytes(budget_->limit()));
  budget_->take(held_, bytes);
  held_ += bytes;
}

void MemoryShare::give_back() {
  if (held_ == 0) return;
  budget_->give_back(held_);
  held_ = 0;
}

}  // namespace attune
