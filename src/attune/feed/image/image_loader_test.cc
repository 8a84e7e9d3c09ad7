#include "attune/feed/image/image_loader.h"

#include <atomic>
#include <numeric>
#include <stdexcept>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

constexpr PixelShape kShape{.channels = 1, .height = 2, .width = 3};

/// Pixel p of example e in epoch n is 1000 n + 10 e + p.
void load(std::int64_t example, std::int64_t epoch, std::span<float> pixels) {
  for (std::size_t p = 0; p < pixels.size(); ++p) {
    pixels[p] = static_cast<float>(1000 * epoch + 10 * example) + static_cast<float>(p);
  }
}

at::Tensor expected(std::span<const std::int64_t> examples, std::int64_t epoch) {
  at::Tensor all = at::empty({static_cast<std::int64_t>(examples.size()), 1, 2, 3});
  for (std::size_t n = 0; n < examples.size(); ++n) {
    load(examples[n], epoch, {all.mutable_data_ptr<float>() + n * 6, 6});
  }
  return all;
}

TEST(ImageLoader, GivesWhatWasAnnouncedOrNot) {
  for (const std::int64_t threads : {1, 2, 5}) {
    ImageLoader loader(load, kShape, threads);
    const std::vector<std::int64_t> first = {4, 1, 7}, second = {2}, third = {1, 1, 0, 9, 3};
    loader.announce(first, 0);
    loader.announce(second, 0);
    loader.announce(third, 1);
    EXPECT_TRUE(at::equal(loader.take(first, 0), expected(first, 0)));
    EXPECT_TRUE(at::equal(loader.take(third, 1), expected(third, 1)));  // the second is dropped
    EXPECT_TRUE(at::equal(loader.take(second, 2), expected(second, 2)));
  }
}

TEST(ImageLoader, WorksAheadOfTheOneWhoTakes) {
  std::atomic<int> loaded = 0;
  ImageLoader loader(
      [&](std::int64_t example, std::int64_t epoch, std::span<float> pixels) {
        load(example, epoch, pixels);
        ++loaded;
      },
      kShape, 2);
  std::vector<std::int64_t> examples(16);
  std::iota(examples.begin(), examples.end(), 0);
  loader.announce(examples, 0);
  for (int wait = 0; loaded < 16 && wait < 5000; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(loaded, 16);  // nobody has asked yet
  EXPECT_TRUE(at::equal(loader.take(examples, 0), expected(examples, 0)));
  EXPECT_EQ(loaded, 16);
}

TEST(ImageLoader, RethrowsAndGoesOn) {
  ImageLoader loader(
      [](std::int64_t example, std::int64_t epoch, std::span<float> pixels) {
        if (example == 3) throw std::runtime_error("3.jpg is broken");
        load(example, epoch, pixels);
      },
      kShape, 2);
  const std::vector<std::int64_t> bad = {1, 3, 5}, good = {1, 5};
  EXPECT_THROW(loader.take(bad, 0), std::runtime_error);
  EXPECT_TRUE(at::equal(loader.take(good, 0), expected(good, 0)));
}

TEST(ImageLoader, MayBeDestroyedWithBatchesLeft) {
  ImageLoader loader(load, kShape, 2);
  const std::vector<std::int64_t> examples = {1, 2, 3};
  for (int i = 0; i < 20; ++i) loader.announce(examples, i);
}

}  // namespace
}  // namespace attune
