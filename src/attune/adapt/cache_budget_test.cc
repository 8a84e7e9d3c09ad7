#include "attune/adapt/cache_budget.h"

#include <memory>

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "attune/adapt/feature_cache.h"
#include "attune/base/error.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

TEST(CacheBudget, GrantsWhatIsLeft) {
  CacheBudget budget(100);
  budget.take(60);
  EXPECT_EQ(budget.left(), 40);
  EXPECT_THROW(budget.take(41), Error);
  budget.give_back(60);
  EXPECT_EQ(budget.left(), 100);
  EXPECT_THROW(budget.give_back(1), Error);
  EXPECT_THROW(CacheBudget(-1), Error);
}

/// Training keeps features first, validation what is left; together they keep to the limit.
TEST(CacheBudget, IsOneForTrainingAndValidation) {
  const TemporaryFolder folder;
  const auto budget = std::make_shared<CacheBudget>(1000);
  const at::Tensor row = at::full({1, 200}, 3.0F);
  auto train = std::make_unique<FeatureCache>(budget, folder.path());
  FeatureCache validation(budget, folder.path());
  train->put(0, row);
  EXPECT_EQ(train->memory_bytes(), 1000);
  validation.put(0, row);
  EXPECT_EQ(validation.memory_bytes(), 0);
  EXPECT_EQ(validation.file_bytes(), 800);
  EXPECT_TRUE(at::equal(validation.gather(std::vector<std::int64_t>{0}), row));
  train->clear();
  EXPECT_EQ(budget->left(), 1000);
  validation.put(1, row);  // another group trains now: memory is free again
  EXPECT_EQ(validation.memory_bytes(), 1000);
  train->put(0, row);
  EXPECT_EQ(train->file_bytes(), 800);
  validation.clear();
  train->put(1, row);
  EXPECT_EQ(budget->left(), 0);
  train.reset();
  EXPECT_EQ(budget->left(), 1000);
}

TEST(CacheBudget, WithoutOneAllGoesToTheFile) {
  const TemporaryFolder folder;
  FeatureCache cache(nullptr, folder.path());
  const at::Tensor row = at::full({1, 5}, 2.0F);
  cache.put(7, row);
  EXPECT_EQ(cache.memory_bytes(), 0);
  EXPECT_TRUE(at::equal(cache.gather(std::vector<std::int64_t>{7}), row));
}

}  // namespace
}  // namespace attune
