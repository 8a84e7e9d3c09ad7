#include "attune/adapt/cache_budget.h"

#include "attune/base/error.h"

namespace attune {

CacheBudget::CacheBudget(std::int64_t bytes) : total_(bytes) {
  check(bytes >= 0, ErrorKind::internal, "a cache budget of {} bytes", bytes);
}

void CacheBudget::take(std::int64_t bytes) {
  // Whoever takes has asked what is left: more is a mistake in the program.
  check(bytes >= 0 && bytes <= left(), ErrorKind::internal,
        "{} bytes are taken from a cache budget that has {} left", bytes, left());
  taken_ += bytes;
}

void CacheBudget::give_back(std::int64_t bytes) {
  check(bytes >= 0 && bytes <= taken_, ErrorKind::internal,
        "{} bytes are given back to a cache budget of which {} are taken", bytes, taken_);
  taken_ -= bytes;
}

}  // namespace attune
