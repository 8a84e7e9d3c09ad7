#include "attune/adapt/feature_cache.h"

#include <limits>
#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

class FeatureCacheTest : public testing::Test {
 protected:
  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

/// Example i has i % 4 rows; values that text would not carry over.
at::Tensor rows_of(std::int64_t i) {
  at::Tensor rows = at::arange(i % 4 * 5, at::kFloat).view({i % 4, 5}) / 3 + static_cast<double>(i);
  if (rows.numel() > 0) rows[0][0] = std::numeric_limits<float>::denorm_min();
  if (rows.numel() > 1) rows[0][1] = -std::numeric_limits<float>::infinity();
  return rows;
}

TEST_F(FeatureCacheTest, GivesBackTheBitsFromMemoryAndFile) {
  for (const std::int64_t limit : {std::int64_t{0}, std::int64_t{1000}, std::int64_t{1} << 30}) {
    FeatureCache cache(std::make_shared<CacheBudget>(limit), folder_);
    for (std::int64_t i = 0; i < 100; ++i) {
      EXPECT_FALSE(cache.has(i));
      cache.put(i, rows_of(i));
      EXPECT_TRUE(cache.has(i));
    }
    EXPECT_LE(cache.memory_bytes(), limit);
    EXPECT_EQ(cache.file_bytes() > 0, limit < 3000);
    const std::vector<std::int64_t> wanted = {99, 3, 4, 3, 50, 0};
    std::vector<at::Tensor> expected;
    for (const std::int64_t i : wanted) expected.push_back(rows_of(i));
    EXPECT_TRUE(at::equal(cache.gather(wanted), at::cat(expected)));
  }
}

TEST_F(FeatureCacheTest, LeavesNoFileBehind) {
  FeatureCache cache(std::make_shared<CacheBudget>(0), folder_);
  cache.put(1, rows_of(1));
  EXPECT_TRUE(fs::is_empty(folder_));  // it never has a name while it is in use
}

TEST_F(FeatureCacheTest, AnotherKeyDropsAll) {
  FeatureCache cache(std::make_shared<CacheBudget>(40), folder_);
  cache.set_key(3);
  for (std::int64_t i = 0; i < 8; ++i) cache.put(i, rows_of(i));
  cache.set_key(3);
  EXPECT_TRUE(cache.has(7));
  cache.set_key(2);
  EXPECT_FALSE(cache.has(7));
  EXPECT_EQ(cache.memory_bytes() + cache.file_bytes(), 0);
  cache.put(7, at::ones({2, 9}));  // another width is fine now
  EXPECT_TRUE(at::equal(cache.gather(std::vector<std::int64_t>{7}), at::ones({2, 9})));
}

TEST_F(FeatureCacheTest, RefusesMisuse) {
  FeatureCache cache(std::make_shared<CacheBudget>(1000), folder_);
  cache.put(1, rows_of(1));
  EXPECT_THROW(cache.put(1, rows_of(1)), Error);
  EXPECT_THROW(cache.put(2, at::ones({1, 4})), Error);
  EXPECT_THROW(cache.put(2, at::ones({1, 5}, at::kBFloat16)), Error);
  EXPECT_THROW(cache.gather(std::vector<std::int64_t>{2}), Error);
  FeatureCache nowhere(0, "/proc/none");
  EXPECT_THROW(nowhere.put(1, rows_of(1)), Error);
}

}  // namespace
}  // namespace attune
