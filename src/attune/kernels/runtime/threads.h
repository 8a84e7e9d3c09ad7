#pragma once

#include <cstdint>

namespace attune {

/// Lets mathematics and everything beside it (`parallel_for`) run on this many threads; 0 leaves
/// all cores to both.
void use_threads(std::int64_t threads);

}  // namespace attune
