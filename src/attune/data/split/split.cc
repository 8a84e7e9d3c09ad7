#include "attune/data/split/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {
namespace {

constexpr std::string_view kSplitPurpose = "split";

std::int64_t held_out_count(std::int64_t count, double fraction) {
  check(fraction > 0 && fraction < 1, ErrorKind::user,
        "the validation split is {}, expected a fraction between 0 and 1", fraction);
  check(count >= 2, ErrorKind::data,
        "{} example{} cannot be split into a training and a validation part, which need one each",
        count, count == 1 ? "" : "s");
  const auto wanted =
      static_cast<std::int64_t>(std::llround(static_cast<double>(count) * fraction));
  // Each part needs an example, whatever the share of a small data set rounds to.
  return std::clamp<std::int64_t>(wanted, 1, count - 1);
}

Split make_split(const std::vector<bool>& is_held_out) {
  Split split;
  for (std::size_t i = 0; i < is_held_out.size(); ++i) {
    (is_held_out[i] ? split.validation : split.train).push_back(static_cast<std::int64_t>(i));
  }
  return split;
}

/// How many of each class to hold out: the floor of its share, then one more in the order of the
/// remainders until `wanted` are found; never the last one of a class.
std::vector<std::int64_t> shares(const std::vector<std::int64_t>& counts, std::int64_t total,
                                 std::int64_t wanted) {
  std::vector<std::int64_t> held(counts.size());
  std::vector<double> remainder(counts.size());
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double exact =
        static_cast<double>(wanted) * static_cast<double>(counts[c]) / static_cast<double>(total);
    held[c] = std::min(static_cast<std::int64_t>(exact), std::max<std::int64_t>(counts[c] - 1, 0));
    remainder[c] = exact - std::floor(exact);
  }
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainder[a] > remainder[b]; });
  std::int64_t missing = wanted - std::accumulate(held.begin(), held.end(), std::int64_t{0});
  while (missing > 0) {
    for (std::size_t i = 0; i < order.size() && missing > 0; ++i) {
      if (held[order[i]] >= counts[order[i]] - 1) continue;
      ++held[order[i]];
      --missing;
    }
  }
  return held;
}

}  // namespace

Split random_split(std::int64_t count, double fraction, std::uint64_t seed) {
  const std::int64_t wanted = held_out_count(count, fraction);
  // A prefix of one permutation: a larger share holds out what a smaller one did, and more.
  const auto order = Rng(seed, kSplitPurpose).permutation(count);
  std::vector<bool> is_held_out(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(wanted); ++i) {
    is_held_out[static_cast<std::size_t>(order[i])] = true;
  }
  return make_split(is_held_out);
}

Split stratified_split(std::span<const std::int64_t> classes, double fraction, std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(classes.size());
  const std::int64_t wanted = held_out_count(count, fraction);
  std::vector<std::vector<std::int64_t>> members;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t id = classes[static_cast<std::size_t>(i)];
    // Ids become indices below: a wild one would ask for all memory there is.
    check(id >= 0 && id < count + (std::int64_t{1} << 20), ErrorKind::internal,
          "class id {} in a split", id);
    if (id >= static_cast<std::int64_t>(members.size())) {
      members.resize(static_cast<std::size_t>(id) + 1);
    }
    members[static_cast<std::size_t>(id)].push_back(i);
  }
  std::vector<std::int64_t> counts;
  std::int64_t spare = 0;  // what can be held out with one of each class left
  for (const auto& member : members) {
    counts.push_back(static_cast<std::int64_t>(member.size()));
    spare += std::max<std::int64_t>(counts.back() - 1, 0);
  }
  check(wanted <= spare, ErrorKind::data,
        "a stratified split that holds out {} of {} examples is impossible: only {} can go with "
        "one of each class left for training; give a smaller fraction or a validation file",
        wanted, count, spare);
  const auto held = shares(counts, count, wanted);
  std::vector<bool> is_held_out(classes.size());
  for (std::size_t c = 0; c < members.size(); ++c) {
    // Keyed by class: the order within one does not change when another gets more examples.
    const auto order = Rng(seed, kSplitPurpose, c + 1).permutation(counts[c]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(held[c]); ++i) {
      is_held_out[static_cast<std::size_t>(members[c][static_cast<std::size_t>(order[i])])] = true;
    }
  }
  return make_split(is_held_out);
}

}  // namespace attune
