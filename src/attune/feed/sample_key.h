#pragma once

#include <cstdint>
#include <string_view>

#include "attune/base/rng.h"

namespace attune {

/// All that the making of a sample may depend on beside the data: with it, a sample is the same
/// whoever makes it, on any thread and after a resume.
struct SampleKey {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0, example = 0;

  /// The numbers that this sample draws for `purpose` (a crop, which others join a mosaic ...).
  Rng rng(std::string_view purpose) const {
    return Rng(seed, purpose, static_cast<std::uint64_t>(epoch),
               static_cast<std::uint64_t>(example));
  }
};

}  // namespace attune
