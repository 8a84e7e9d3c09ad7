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

}  // namespace attune
