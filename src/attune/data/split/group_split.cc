#include "attune/data/split/group_split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {
namespace {

constexpr std::string_view kGroupSplitPurpose = "group split";

/// How many examples a group has, in all and of each class it knows.
struct Group {
  std::int64_t size = 0;
  std::map<std::int64_t, std::int64_t> class_counts;
};

struct Groups {
  std::vector<Group> groups;
  std::vector<std::int64_t> of_example;
  std::vector<double> class_totals;
  std::vector<std::size_t> order;  ///< large groups first, equal ones by chance
};

Groups collect(std::span<const std::int64_t> ids, std::span<const std::int64_t> classes,
               std::size_t count, std::uint64_t seed) {
  check((ids.empty() || ids.size() == count) && (classes.empty() || classes.size() == count),
        ErrorKind::internal, "{} groups and {} classes for {} examples", ids.size(), classes.size(),
        count);
  Groups all;
  for (std::size_t i = 0; i < count; ++i) {
    const auto group = ids.empty() ? static_cast<std::int64_t>(i) : ids[i];
    const std::int64_t label = classes.empty() ? 0 : classes[i];
    check(group >= 0 && group < static_cast<std::int64_t>(count) && label >= 0 &&
              label < (std::int64_t{1} << 20),
          ErrorKind::internal, "group {} and class {} in a split of {}", group, label, count);
    if (group >= static_cast<std::int64_t>(all.groups.size())) {
      all.groups.resize(static_cast<std::size_t>(group) + 1);
    }
    if (label >= static_cast<std::int64_t>(all.class_totals.size())) {
      all.class_totals.resize(static_cast<std::size_t>(label) + 1);
    }
    all.of_example.push_back(group);
    Group& entry = all.groups[static_cast<std::size_t>(group)];
    ++entry.size;
    ++entry.class_counts[label];
    ++all.class_totals[static_cast<std::size_t>(label)];
  }
  for (const std::int64_t g :
       Rng(seed, kGroupSplitPurpose).permutation(static_cast<std::int64_t>(all.groups.size()))) {
    if (all.groups[static_cast<std::size_t>(g)].size > 0) {
      all.order.push_back(static_cast<std::size_t>(g));
    }
  }
  // Large groups first: they fit least, and small ones even out what they leave.
  std::stable_sort(all.order.begin(), all.order.end(), [&](std::size_t a, std::size_t b) {
    return all.groups[a].size > all.groups[b].size;
  });
  return all;
}

Split make_split(const Groups& all, const std::vector<bool>& is_held_out) {
  Split split;
  for (std::size_t i = 0; i < all.of_example.size(); ++i) {
    const bool is_held = is_held_out[static_cast<std::size_t>(all.of_example[i])];
    (is_held ? split.validation : split.train).push_back(static_cast<std::int64_t>(i));
  }
  return split;
}

/// How much further from its target the division gets, per class and relative to its size, when
/// `group` joins `held`. Infinite where a class would lose its last example for training.
double cost_of_joining(const Group& group, const std::vector<double>& held,
                       const std::vector<double>& totals, double fraction) {
  double cost = 0;
  for (const auto& [label, count] : group.class_counts) {
    const auto c = static_cast<std::size_t>(label);
    const auto more = static_cast<double>(count);
    if (held[c] + more >= totals[c]) return INFINITY;
    const double before = held[c] / totals[c] - fraction;
    const double after = (held[c] + more) / totals[c] - fraction;
    cost += after * after - before * before;
  }
  return cost;
}

}  // namespace

Split group_split(std::span<const std::int64_t> groups, std::span<const std::int64_t> classes,
                  double fraction, std::uint64_t seed) {
  check(fraction > 0 && fraction < 1, ErrorKind::user,
        "the validation split is {}, expected a fraction between 0 and 1", fraction);
  const Groups all = collect(groups, classes, groups.size(), seed);
  check(all.order.size() >= 2, ErrorKind::data,
        "{} examples are of {} group, which cannot be split into a training and a validation part",
        groups.size(), all.order.size());
  std::vector<double> held(all.class_totals.size());
  std::vector<bool> is_held_out(all.groups.size());
  const auto take = [&](std::size_t g) {
    is_held_out[g] = true;
    for (const auto& [label, count] : all.groups[g].class_counts) {
      held[static_cast<std::size_t>(label)] += static_cast<double>(count);
    }
  };
  bool has_any = false;
  std::size_t cheapest = 0;
  double least = INFINITY;
  for (const std::size_t g : all.order) {
    const double cost = cost_of_joining(all.groups[g], held, all.class_totals, fraction);
    // Kept for the case that no group brings the share nearer: one is held out all the same.
    if (cost < least) {
      least = cost;
      cheapest = g;
    }
    if (cost >= 0) continue;
    take(g);
    has_any = true;
  }
  check(has_any || std::isfinite(least), ErrorKind::data,
        "no group can be held out: each holds the last examples of a class; give a validation set");
  if (!has_any) take(cheapest);
  return make_split(all, is_held_out);
}

std::vector<Split> k_folds(std::span<const std::int64_t> classes,
                           std::span<const std::int64_t> groups, std::int64_t k,
                           std::uint64_t seed) {
  check(k >= 2, ErrorKind::user, "{} folds are asked for, expected at least 2", k);
  const Groups all = collect(groups, classes, std::max(classes.size(), groups.size()), seed);
  check(static_cast<std::int64_t>(all.order.size()) >= k, ErrorKind::data,
        "{} folds cannot be made of {} {}", k, all.order.size(),
        groups.empty() ? "examples" : "groups");
  const auto folds = static_cast<std::size_t>(k);
  std::vector<std::vector<double>> counts(folds, std::vector<double>(all.class_totals.size()));
  std::vector<std::int64_t> sizes(folds);
  std::vector<std::vector<bool>> is_held_out(folds, std::vector<bool>(all.groups.size()));
  for (const std::size_t g : all.order) {
    // The sum of squared class shares over folds grows least where those classes are rare so far.
    std::pair<double, std::int64_t> least{INFINITY, 0};
    std::size_t best = 0;
    for (std::size_t f = 0; f < folds; ++f) {
      double crowd = 0;
      for (const auto& [label, count] : all.groups[g].class_counts) {
        const auto c = static_cast<std::size_t>(label);
        const double total = all.class_totals[c];
        crowd += counts[f][c] * static_cast<double>(count) / (total * total);
      }
      if (std::pair(crowd, sizes[f]) < least) {
        least = {crowd, sizes[f]};
        best = f;
      }
    }
    is_held_out[best][g] = true;
    sizes[best] += all.groups[g].size;
    for (const auto& [label, count] : all.groups[g].class_counts) {
      counts[best][static_cast<std::size_t>(label)] += static_cast<double>(count);
    }
  }
  std::vector<Split> splits;
  for (std::size_t f = 0; f < folds; ++f) {
    // A few large groups may fill some folds and leave nothing for another.
    check(sizes[f] > 0, ErrorKind::data, "{} folds cannot be made: fold {} stays empty", k, f);
    splits.push_back(make_split(all, is_held_out[f]));
  }
  return splits;
}

}  // namespace attune
