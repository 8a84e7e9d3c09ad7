#pragma once

#include <cstdint>
#include <string_view>

#include "attune/base/rng.h"

namespace attune {

/// Which random numbers a sample gets when it is changed at random: the same for any thread, order
/// and batch size.
struct AugmentKey {
  std::uint64_t seed = 0, epoch = 0, sample = 0;
};

/// A stream read from its start, one number after the other. Each purpose ("crop", "flip") has its
/// own, so turning one option on leaves the numbers of the others as they were.
class Draws {
 public:
  explicit Draws(const Rng& rng) : rng_(rng) {}
  Draws(const AugmentKey& key, std::string_view purpose);

  double uniform() { return rng_.uniform(next_++); }  ///< [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  std::int64_t below(std::int64_t n);  ///< 0 .. n-1; requires n > 0
  bool chance(double probability) { return uniform() < probability; }

 private:
  Rng rng_;
  std::uint64_t next_ = 0;
};

}  // namespace attune
