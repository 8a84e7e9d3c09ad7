#pragma once

#include <cstdint>

namespace attune {

/// The main memory that the caches of one run share: what --cache-limit grants is granted once,
/// whether training, validation or both have features to keep. Not for use from several threads at
/// once.
class CacheBudget {
 public:
  /// Throws `internal` for a negative number.
  explicit CacheBudget(std::int64_t bytes);

  /// Throws `internal` where more than `left` is taken, or given back than was taken.
  void take(std::int64_t bytes);
  void give_back(std::int64_t bytes);

  std::int64_t left() const { return total_ - taken_; }

 private:
  std::int64_t total_, taken_ = 0;
};

}  // namespace attune
