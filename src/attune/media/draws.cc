#include "attune/media/draws.h"

#include <string>

namespace attune {

Draws::Draws(const AugmentKey& key, std::string_view purpose)
    : rng_(key.seed, "augment " + std::string(purpose), key.epoch, key.sample) {}

std::int64_t Draws::below(std::int64_t n) {
  return static_cast<std::int64_t>(rng_.below(next_++, static_cast<std::uint64_t>(n)));
}

}  // namespace attune
