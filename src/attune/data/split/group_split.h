#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/data/split/split.h"

namespace attune {

/// As `stratified_split` for examples that come in groups (all pictures of one patient), which are
/// never parted: no group is in both parts. `groups` holds each example's group id, from 0;
/// `classes` may be empty (no classes to balance). Groups are taken, large ones first, as long as
/// that brings the share held out of every class nearer to `fraction`, and never the last examples
/// of a class. Throws `data` where fewer than two groups are there or none can be held out.
Split group_split(std::span<const std::int64_t> groups, std::span<const std::int64_t> classes,
                  double fraction, std::uint64_t seed);

/// `k` divisions; every example is held out in one of them. Each class is spread as evenly as
/// groups allow (`groups` may be empty: every example alone), greedily, as scikit-learn's
/// StratifiedGroupKFold does. Throws `user` for k < 2, `data` for fewer groups than k.
std::vector<Split> k_folds(std::span<const std::int64_t> classes,
                           std::span<const std::int64_t> groups, std::int64_t k,
                           std::uint64_t seed);

}  // namespace attune
