#include "attune/data/split/group_split.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {
namespace {

struct Patients {
  std::vector<std::int64_t> groups, classes;
};

/// `count` patients with 1 to 6 pictures each, most of one class.
Patients patients(std::int64_t count, std::int64_t num_classes) {
  Patients all;
  const Rng rng(7, "patients");
  std::uint64_t draw = 0;
  for (std::int64_t g = 0; g < count; ++g) {
    const auto usual = static_cast<std::int64_t>(rng.below(draw++, num_classes));
    const auto pictures = 1 + rng.below(draw++, 6);
    for (std::uint64_t i = 0; i < pictures; ++i) {
      const bool is_usual = rng.uniform(draw++) < 0.8;
      all.groups.push_back(g);
      all.classes.push_back(is_usual ? usual
                                     : static_cast<std::int64_t>(rng.below(draw++, num_classes)));
    }
  }
  return all;
}

std::set<std::int64_t> groups_of(const Patients& all, const std::vector<std::int64_t>& part) {
  std::set<std::int64_t> groups;
  for (const std::int64_t i : part) groups.insert(all.groups[static_cast<std::size_t>(i)]);
  return groups;
}

std::vector<double> class_shares(const Patients& all, const std::vector<std::int64_t>& part,
                                 std::size_t num_classes) {
  std::vector<double> shares(num_classes), totals(num_classes);
  for (const std::int64_t c : all.classes) ++totals[static_cast<std::size_t>(c)];
  for (const std::int64_t i : part) {
    ++shares[static_cast<std::size_t>(all.classes[static_cast<std::size_t>(i)])];
  }
  for (std::size_t c = 0; c < num_classes; ++c) shares[c] /= totals[c];
  return shares;
}

TEST(GroupSplit, KeepsGroupsTogetherAndClassesBalanced) {
  const Patients all = patients(200, 3);
  const Split split = group_split(all.groups, all.classes, 0.2, 42);
  EXPECT_EQ(split.train.size() + split.validation.size(), all.groups.size());
  std::vector<std::int64_t> both;
  std::ranges::set_intersection(groups_of(all, split.train), groups_of(all, split.validation),
                                std::back_inserter(both));
  EXPECT_TRUE(both.empty());
  for (const double share : class_shares(all, split.validation, 3)) EXPECT_NEAR(share, 0.2, 0.02);
  EXPECT_EQ(group_split(all.groups, all.classes, 0.2, 42).validation, split.validation);
  EXPECT_NE(group_split(all.groups, all.classes, 0.2, 43).validation, split.validation);
}

TEST(GroupSplit, NeverTakesTheLastOfAClass) {
  // Group 2 alone holds class 1.
  const std::vector<std::int64_t> groups = {0, 0, 1, 1, 2}, classes = {0, 0, 0, 0, 1};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split split = group_split(groups, classes, 0.5, seed);
    EXPECT_EQ(split.validation.size(), 2u);
    EXPECT_EQ(split.train.back(), 4);
  }
  const std::vector<std::int64_t> alone = {0, 1};
  EXPECT_THROW(group_split(alone, alone, 0.5, 1), Error);  // each holds the last of its class
  EXPECT_THROW(group_split(std::vector<std::int64_t>{0, 0}, {}, 0.5, 1), Error);
  EXPECT_THROW(group_split(alone, {}, 1.0, 1), Error);
}

TEST(GroupSplit, HoldsOutOneGroupWhereAllAreLarge) {
  const std::vector<std::int64_t> groups = {0, 0, 0, 1, 1, 1, 2, 2, 2};
  EXPECT_EQ(group_split(groups, {}, 0.05, 3).validation.size(), 3u);
}

TEST(KFolds, HoldEveryExampleOutOnceWithAllClassesEverywhere) {
  std::vector<std::int64_t> classes;
  for (int i = 0; i < 103; ++i) classes.push_back(i % 10 == 0 ? 1 : 0);
  const auto folds = k_folds(classes, {}, 5, 1);
  ASSERT_EQ(folds.size(), 5u);
  std::vector<std::int64_t> held;
  for (const Split& fold : folds) {
    EXPECT_EQ(fold.train.size() + fold.validation.size(), classes.size());
    EXPECT_TRUE(fold.validation.size() == 20 || fold.validation.size() == 21);
    const auto rare = std::ranges::count_if(
        fold.validation, [&](auto i) { return classes[static_cast<std::size_t>(i)] == 1; });
    EXPECT_TRUE(rare == 2 || rare == 3) << rare;
    held.insert(held.end(), fold.validation.begin(), fold.validation.end());
  }
  std::ranges::sort(held);
  std::vector<std::int64_t> every(classes.size());
  std::iota(every.begin(), every.end(), std::int64_t{0});
  EXPECT_EQ(held, every);
}

TEST(KFolds, KeepGroupsTogether) {
  const Patients all = patients(100, 4);
  std::set<std::int64_t> seen;
  for (const Split& fold : k_folds(all.classes, all.groups, 5, 9)) {
    for (const std::int64_t group : groups_of(all, fold.validation)) {
      EXPECT_TRUE(seen.insert(group).second) << group;
    }
    for (const double share : class_shares(all, fold.validation, 4)) EXPECT_NEAR(share, 0.2, 0.06);
  }
  EXPECT_THROW(k_folds(all.classes, all.groups, 1, 9), Error);
  EXPECT_THROW(k_folds(all.classes, all.groups, 101, 9), Error);
}

}  // namespace
}  // namespace attune
