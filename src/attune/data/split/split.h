#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace attune {

/// A division of examples 0 .. n-1; both parts ascending.
struct Split {
  std::vector<std::int64_t> train, validation;
};

/// Holds out round(n * fraction) examples, at least one and at most n - 1, chosen by `seed` alone.
/// Throws `user` unless 0 < fraction < 1, `data` where n < 2.
Split random_split(std::int64_t count, double fraction, std::uint64_t seed);

/// The same number held out, but every class loses about the same fraction (largest remainders) and
/// keeps at least one example for training. `classes` holds each example's class id, from 0.
/// Throws `data` where the classes are too small for that.
Split stratified_split(std::span<const std::int64_t> classes, double fraction, std::uint64_t seed);

/// The same for examples that come in groups (all pictures of one patient), which are never parted:
/// no group is in both parts. `groups` holds each example's group id, from 0; `classes` may be
/// empty (no classes to balance). Groups are taken, large ones first, as long as that brings the
/// share held out of every class nearer to `fraction`, and never the last examples of a class.
/// Throws `data` where fewer than two groups are there or none can be held out.
Split group_split(std::span<const std::int64_t> groups, std::span<const std::int64_t> classes,
                  double fraction, std::uint64_t seed);

/// For examples of several labels: `labels` holds the ids that each has, `groups` may be empty.
/// About `fraction` of the examples of each label are held out, the rarest label being spread first
/// (iterative stratification: Sechidis et al. 2011,
/// https://doi.org/10.1007/978-3-642-23808-6_10), and one of each label stays for training. Throws
/// `data` where nothing can be held out like that.
Split multilabel_split(std::span<const std::vector<std::int64_t>> labels,
                       std::span<const std::int64_t> groups, double fraction, std::uint64_t seed);

/// `k` divisions; every example is held out in one of them. Each class is spread as evenly as
/// groups allow (`groups` may be empty: every example alone), greedily, as scikit-learn's
/// StratifiedGroupKFold does. Throws `user` for k < 2, `data` for fewer groups than k.
std::vector<Split> k_folds(std::span<const std::int64_t> classes,
                           std::span<const std::int64_t> groups, std::int64_t k,
                           std::uint64_t seed);

}  // namespace attune
