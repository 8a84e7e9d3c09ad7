#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/data/split/split.h"

namespace attune {

/// For examples of several labels: `labels` holds the ids that each has, `groups` may be empty.
/// About `fraction` of the examples of each label are held out, the rarest label being spread first
/// (iterative stratification: Sechidis et al. 2011,
/// https://doi.org/10.1007/978-3-642-23808-6_10), and one of each label stays for training. Throws
/// `data` where nothing can be held out like that.
Split multilabel_split(std::span<const std::vector<std::int64_t>> labels,
                       std::span<const std::int64_t> groups, double fraction, std::uint64_t seed);

}  // namespace attune
