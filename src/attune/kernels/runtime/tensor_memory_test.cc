#include "attune/kernels/runtime/tensor_memory.h"

#include <cstdint>
#include <new>
#include <thread>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

TEST(BlockCache, GivesAFreedBlockOutAgain) {
  BlockCache cache;
  void* const first = cache.allocate(3 * kMiB);
  cache.free(first);
  EXPECT_EQ(cache.usage().kept, 3 * kMiB);
  void* const second = cache.allocate(3 * kMiB - 100);
  EXPECT_EQ(second, first);
  EXPECT_EQ(cache.usage().from_system, 1U);
  cache.free(second);
}

TEST(BlockCache, TakesTheSmallestThatFitsAndNoneMuchTooLarge) {
  BlockCache cache;
  void* const large = cache.allocate(10 * kMiB);
  void* const fitting = cache.allocate(4 * kMiB + 4096);
  cache.free(large);
  cache.free(fitting);
  void* const small = cache.allocate(4 * kMiB);
  EXPECT_EQ(small, fitting);
  void* const other = cache.allocate(5 * kMiB);
  EXPECT_NE(other, large);
  cache.free(small);
  cache.free(other);
}

TEST(BlockCache, KeepsLittleMoreThanWasEverInUse) {
  BlockCache cache;
  std::vector<void*> blocks;
  // Sizes that never fit one another: what is kept must not pile up.
  for (std::size_t size = kMiB; size < 64 * kMiB; size += size / 4) {
    void* const block = cache.allocate(size);
    cache.free(block);
    const BlockCache::Usage usage = cache.usage();
    EXPECT_LE(usage.in_use + usage.kept, usage.most_in_use + usage.most_in_use / 3);
  }
}

TEST(BlockCache, RepeatedStepsAskTheSystemOnce) {
  BlockCache cache;
  const auto step = [&] {
    std::vector<void*> blocks;
    for (std::size_t i = 1; i <= 20; ++i) blocks.push_back(cache.allocate(i * kMiB));
    for (void* block : blocks) cache.free(block);
  };
  step();
  const std::size_t first = cache.usage().from_system;
  for (int i = 0; i < 5; ++i) step();
  EXPECT_EQ(first, 20U);
  EXPECT_EQ(cache.usage().from_system, first);
}

TEST(BlockCache, RefusesWhatTheSystemDoesNotHave) {
  BlockCache cache;
  EXPECT_THROW(cache.allocate(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW(cache.allocate(std::size_t{1} << 60), std::bad_alloc);
  EXPECT_EQ(cache.usage().in_use, 0U);
}

TEST(BlockCache, LeavesOtherMemoryAlone) {
  BlockCache cache;
  int other = 0;
  EXPECT_FALSE(cache.free(&other));
  alignas(4096) static char page[4096];
  EXPECT_FALSE(cache.free(page));
}

TEST(BlockCache, ServesSeveralThreads) {
  BlockCache cache;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&cache, t] {
        for (std::size_t i = 1; i < 200; ++i) {
          const std::size_t size = (i % 7 + 1) * 100'000;
          auto* const block = static_cast<unsigned char*>(cache.allocate(size));
          block[0] = block[size - 1] = static_cast<unsigned char>(t);
          std::this_thread::yield();
          EXPECT_EQ(block[0], t);
          EXPECT_EQ(block[size - 1], t);
          cache.free(block);
        }
      });
    }
  }
  EXPECT_EQ(cache.usage().in_use, 0U);
}

TEST(TensorMemory, TensorsOfTheProgramUseItAndOutliveTheSwitch) {
  const at::Tensor before = at::ones({1000, 1000});
  reuse_tensor_memory();
  at::Tensor after = at::ones({1000, 1000}), small = at::ones({10});
  [[maybe_unused]] const void* const address = after.data_ptr();
  EXPECT_EQ((before + after + small[0]).sum().item<float>(), 3e6F);
  c10::Allocator& memory = *c10::GetCPUAllocator();  // as oneDNN's scratch memory is taken
  memory.raw_deallocate(memory.raw_allocate(1 << 20));
  memory.raw_deallocate(memory.raw_allocate(100));
  after.reset();
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_EQ(at::empty({1000, 1000}).data_ptr(), address);
#endif
}

}  // namespace
}  // namespace attune
