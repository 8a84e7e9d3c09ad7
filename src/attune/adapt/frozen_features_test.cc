#include "attune/adapt/frozen_features.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kExamples = 150;  // more than are computed at once

/// Example e: one row of [2, 3], and e % 3 rows of 5; group 2 doubles the values.
at::Tensor map_of(std::int64_t example, std::int64_t group) {
  return (at::arange(6, at::kFloat).view({1, 2, 3}) + 10.0 * static_cast<double>(example)) * group;
}
at::Tensor tokens_of(std::int64_t example, std::int64_t group) {
  const std::int64_t rows = example % 3;
  return (at::arange(rows * 5, at::kFloat).view({rows, 5}) - static_cast<double>(example)) * group;
}

struct Batch {
  std::vector<at::Tensor> maps, tokens;
  std::vector<std::int64_t> offsets = {0};

  Batch(std::span<const std::int64_t> examples, std::int64_t group) {
    for (const std::int64_t example : examples) {
      maps.push_back(map_of(example, group));
      tokens.push_back(tokens_of(example, group));
      offsets.push_back(offsets.back() + example % 3);
    }
  }
};

ExampleRows two_parts(std::span<const std::int64_t> examples, std::int64_t group) {
  const Batch batch(examples, group);
  return {Activations({at::cat(batch.maps), at::cat(batch.tokens)}),
          {one_row_each(std::ssize(examples)), batch.offsets}};
}

TEST(FrozenFeatures, GivesBackSeveralParts) {
  const TemporaryFolder folder;
  for (const std::int64_t limit : {0, 2000, 1 << 20}) {  // file, both, memory
    FrozenFeatures features(kExamples, two_parts,
                            {.budget = std::make_shared<CacheBudget>(limit),
                             .cache_folder = folder.path(),
                             .together = 70});
    for (const std::int64_t group : {1, 2}) {
      for (const std::vector<std::int64_t>& wanted :
           {std::vector<std::int64_t>{149, 3, 4, 71, 3}, {0}, {5, 6, 7}}) {
        const Batch expected(wanted, group);
        const Activations state = features.state(wanted, group);
        ASSERT_EQ(state.parts.size(), 2U);
        EXPECT_TRUE(at::equal(state.parts[0], at::cat(expected.maps)));
        EXPECT_TRUE(at::equal(state.parts[1], at::cat(expected.tokens)));
      }
    }
  }
}

TEST(FrozenFeatures, GivesBackOnePart) {
  const TemporaryFolder folder;
  const ComputeRows maps = [](std::span<const std::int64_t> examples, std::int64_t group) {
    return ExampleRows{at::cat(Batch(examples, group).maps), {one_row_each(std::ssize(examples))}};
  };
  FrozenFeatures features(
      kExamples, maps,
      {.budget = std::make_shared<CacheBudget>(999), .cache_folder = folder.path()});
  const std::vector<std::int64_t> wanted = {149, 3, 3, 71};
  EXPECT_TRUE(at::equal(features.state(wanted, 2).only(), at::cat(Batch(wanted, 2).maps)));
  EXPECT_TRUE(features.state(wanted, 0).parts.empty());
}

TEST(FrozenFeatures, OfExamplesThatDoNotComeAgainNothingIsKept) {
  std::vector<std::int64_t> computed;
  const ComputeRows told = [&](std::span<const std::int64_t> examples, std::int64_t group) {
    computed.insert(computed.end(), examples.begin(), examples.end());
    return two_parts(examples, group);
  };
  const auto budget = std::make_shared<CacheBudget>(1 << 20);
  const FrozenFeatures features(kExamples, told, {.budget = budget});
  const std::vector<std::int64_t> wanted = {149, 3, 4};
  const Activations state = features.passing_state(wanted, 2);
  EXPECT_EQ(computed, wanted);
  EXPECT_TRUE(at::equal(state.parts.at(0), at::cat(Batch(wanted, 2).maps)));
  EXPECT_TRUE(at::equal(state.parts.at(1), at::cat(Batch(wanted, 2).tokens)));
  EXPECT_EQ(budget->left(), 1 << 20);
  EXPECT_TRUE(features.passing_state(wanted, 0).parts.empty());
}

TEST(FrozenFeatures, RefusesOffsetsThatDoNotFit) {
  const ComputeRows wrong = [](std::span<const std::int64_t> examples, std::int64_t group) {
    ExampleRows rows = two_parts(examples, group);
    rows.offsets.push_back(rows.offsets[0]);
    return rows;
  };
  FrozenFeatures features(kExamples, wrong, {.budget = std::make_shared<CacheBudget>(1 << 20)});
  EXPECT_THAT(
      error_of(ErrorKind::internal, [&] { features.state(std::vector<std::int64_t>{1}, 1); }),
      HasSubstr("3 lists of offsets for 2 parts"));
  EXPECT_THAT(error_of(ErrorKind::internal, [] { Activations().only(); }),
              HasSubstr("activations of 0 parts"));
}

}  // namespace
}  // namespace attune
