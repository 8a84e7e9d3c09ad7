#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "attune/data/labels/label_text.h"
#include "attune/data/split/given_split.h"

namespace attune {

// What data sets share whose examples have a `group` (patient, author ...; "": a group of its own)
// and a `split`.

/// The group of every example as an id from 0 (split.h); those without one are alone in theirs.
template <typename Dataset>
std::vector<std::int64_t> group_ids_of(const Dataset& dataset) {
  std::unordered_map<std::string_view, std::int64_t> seen;
  std::vector<std::int64_t> ids;
  ids.reserve(dataset.examples.size());
  std::int64_t next = 0;
  for (const auto& example : dataset.examples) {
    if (example.group.empty()) {
      ids.push_back(next++);
      continue;
    }
    const auto [entry, is_new] = seen.emplace(example.group, next);
    if (is_new) ++next;
    ids.push_back(entry->second);
  }
  return ids;
}

/// How many groups are named.
template <typename Dataset>
std::int64_t count_groups(const Dataset& dataset) {
  std::unordered_set<std::string_view> groups;
  for (const auto& example : dataset.examples) {
    if (!example.group.empty()) groups.insert(example.group);
  }
  return static_cast<std::int64_t>(groups.size());
}

template <typename Dataset>
bool has_any_group(const Dataset& dataset) {
  return std::any_of(dataset.examples.begin(), dataset.examples.end(),
                     [](const auto& example) { return !example.group.empty(); });
}

template <typename Dataset>
bool has_any_split(const Dataset& dataset) {
  return std::any_of(dataset.examples.begin(), dataset.examples.end(),
                     [](const auto& example) { return example.split != GivenSplit::none; });
}

/// The examples that the data gives to `split`, in order.
template <typename Dataset>
std::vector<std::int64_t> members_of(const Dataset& dataset, GivenSplit split) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t n = 0; n < dataset.size(); ++n) {
    if (dataset.examples[static_cast<std::size_t>(n)].split == split) chosen.push_back(n);
  }
  return chosen;
}

/// Where an example stands among the groups and parts; the views point into the data set.
struct Membership {
  std::string_view group;
  GivenSplit split = GivenSplit::none;
  std::function<std::string()> source_name;
};

/// Names up to ten groups with examples in two splits, and one of each side: "3 groups have
/// examples in two of the given splits, so that ...". "" where there is none.
std::string shared_groups_text(std::span<const Membership> members);

/// Throws `data`, naming up to ten groups with an example of each side, where a group has examples
/// in two splits: what is learned of a patient would be tested on the same patient. `advice` ends
/// the message.
void check_groups_apart(std::span<const Membership> members, const std::string& name,
                        const std::string& advice);

/// The memberships of a data set's examples, those of `split` where it is given.
template <typename Dataset>
void add_members(const Dataset& dataset, GivenSplit split, std::vector<Membership>& members) {
  for (std::int64_t n = 0; n < dataset.size(); ++n) {
    const auto& example = dataset.examples[static_cast<std::size_t>(n)];
    if (example.group.empty()) continue;
    members.push_back({.group = example.group,
                       .split = split == GivenSplit::none ? example.split : split,
                       .source_name = [&dataset, n] { return dataset.source_name(n); }});
  }
}

/// Warns of groups that differ in nothing but case: see `warn_of_lookalikes`.
template <typename Dataset>
void warn_of_alike_groups(const Dataset& dataset, const std::string& name) {
  std::set<std::string> groups;
  for (const auto& example : dataset.examples) {
    if (!example.group.empty()) groups.insert(example.group);
  }
  warn_of_lookalikes(std::vector<std::string>(groups.begin(), groups.end()), name, "groups");
}

/// The check for splits that the data gives itself.
template <typename Dataset>
void check_given_groups_apart(const Dataset& dataset, const std::string& name) {
  warn_of_alike_groups(dataset, name);
  std::vector<Membership> members;
  add_members(dataset, GivenSplit::none, members);
  check_groups_apart(members, name,
                     "Move each group to one split, or leave the splits out and let attune split "
                     "by group.");
}

}  // namespace attune
