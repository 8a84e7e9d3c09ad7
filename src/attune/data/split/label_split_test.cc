#include "attune/data/split/label_split.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using Labels = std::vector<std::vector<std::int64_t>>;

/// Label l with a chance of 0.4 / 2^l.
Labels random_labels(std::size_t count, std::size_t num_labels) {
  Labels labels(count);
  const Rng rng(7, "labels");
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t l = 0; l < num_labels; ++l) {
      if (rng.uniform(i * num_labels + l) < std::ldexp(0.4, -static_cast<int>(l))) {
        labels[i].push_back(static_cast<std::int64_t>(l));
      }
    }
  }
  return labels;
}

std::int64_t having(const Labels& labels, const std::vector<std::int64_t>& examples,
                    std::int64_t label) {
  return std::ranges::count_if(examples, [&](std::int64_t i) {
    return std::ranges::count(labels[static_cast<std::size_t>(i)], label) > 0;
  });
}

TEST(MultilabelSplit, HoldsOutTheSameShareOfEachLabel) {
  const Labels labels = random_labels(2000, 7);
  const Split split = multilabel_split(labels, {}, 0.2, 1);
  EXPECT_EQ(split.train.size() + split.validation.size(), 2000U);
  EXPECT_NEAR(static_cast<double>(split.validation.size()), 400, 12);
  for (std::int64_t l = 0; l < 7; ++l) {
    const auto held = static_cast<double>(having(labels, split.validation, l));
    const double all = held + static_cast<double>(having(labels, split.train, l));
    EXPECT_NEAR(held, 0.2 * all, 2 + 0.01 * all) << l;
  }
  EXPECT_EQ(multilabel_split(labels, {}, 0.2, 1).validation, split.validation);
  EXPECT_NE(multilabel_split(labels, {}, 0.2, 2).validation, split.validation);
}

TEST(MultilabelSplit, ARareLabelIsLearntFirstThenHeldOut) {
  Labels labels(100);
  labels[3] = {0};                                // one example
  labels[5] = labels[8] = {1};                    // two
  labels[11] = labels[12] = labels[13] = {0, 2};  // three of another beside the first
  const Split split = multilabel_split(labels, {}, 0.2, 3);
  EXPECT_EQ(having(labels, split.validation, 1), 1);
  EXPECT_EQ(having(labels, split.validation, 2), 1);
  EXPECT_GE(having(labels, split.train, 0), 1);
  EXPECT_NEAR(static_cast<double>(split.validation.size()), 20, 1);
}

TEST(MultilabelSplit, NeverPartsAGroup) {
  const Labels labels = random_labels(600, 4);
  std::vector<std::int64_t> groups;
  for (std::int64_t i = 0; i < 600; ++i) groups.push_back(i % 150 < 30 ? i % 150 : i % 97 + 30);
  const Split split = multilabel_split(labels, groups, 0.25, 1);
  std::set<std::int64_t> held;
  for (const std::int64_t i : split.validation) held.insert(groups[static_cast<std::size_t>(i)]);
  for (const std::int64_t i : split.train) {
    EXPECT_EQ(held.count(groups[static_cast<std::size_t>(i)]), 0U);
  }
  EXPECT_NEAR(static_cast<double>(split.validation.size()), 150, 25);
  for (std::int64_t l = 0; l < 4; ++l) EXPECT_GT(having(labels, split.validation, l), 0) << l;
}

TEST(MultilabelSplit, RefusesWhatLeavesNothing) {
  const Labels labels = {{0}, {1}};
  EXPECT_THAT(error_of([&] { multilabel_split(labels, {}, 0.5, 1); }),
              testing::HasSubstr("of 2 examples in 2 rows none can be held out"));
  const std::vector<std::int64_t> one_group = {0, 0, 0};
  EXPECT_THAT(error_of([&] {
                multilabel_split(Labels{{0}, {0}, {}}, one_group, 0.5, 1);
              }),
              testing::HasSubstr("in 1 groups"));
}

}  // namespace
}  // namespace attune
