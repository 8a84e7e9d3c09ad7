#include "attune/media/memory_budget.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

TEST(MemoryBudget, IsSharedByAllThreads) {
  const auto budget = std::make_shared<MemoryBudget>(10);
  std::atomic<std::uint64_t> most = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        MemoryShare share(budget);
        share.take(4, "x");
        std::uint64_t seen = most;
        while (seen < budget->used() && !most.compare_exchange_weak(seen, budget->used())) {
        }
        std::this_thread::yield();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 10U);
  EXPECT_EQ(budget->used(), 0U);
}

TEST(MemoryBudget, WhoeverGrowsNeverWaitsForEver) {
  const auto budget = std::make_shared<MemoryBudget>(10);
  std::atomic<int> holding = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      MemoryShare share(budget);
      share.take(4, "x");
      ++holding;
      while (holding < 2) std::this_thread::yield();
      share.take(6, "x");  // both hold 4: neither could go on
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget->used(), 0U);
}

TEST(MemoryBudget, RefusesWhatNeverFits) {
  MemoryShare share(std::make_shared<MemoryBudget>(1 << 20));
  share.take(1 << 19, "big.dcm");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { share.take((1 << 19) + 1, "big.dcm"); }),
              ::testing::AllOf(::testing::HasSubstr("big.dcm: decoding it takes 1.0 MiB"),
                               ::testing::HasSubstr("--decode-memory")));
  EXPECT_EQ(share.held(), 1U << 19);
}

TEST(MemoryBudget, SmallFilesExpandFreely) {
  EXPECT_EQ(expansion_limit(1000, 1ULL << 32), kFreeExpansion);
  EXPECT_EQ(expansion_limit(2 << 20, 1ULL << 32), kMostExpansion * (2 << 20));
  EXPECT_EQ(expansion_limit(1 << 30, 1ULL << 32), 1ULL << 32);
}

}  // namespace
}  // namespace attune
