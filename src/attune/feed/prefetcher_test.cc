#include "attune/feed/prefetcher.h"

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>

namespace attune {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kExamples = 40;
constexpr std::uint64_t kSeed = 11;

/// A "picture" with a "box": what a detector's mosaic does, in words.
struct Sample {
  std::string pixels;
  std::vector<std::int64_t> targets;
  bool operator==(const Sample&) const = default;
};

Sample plain(std::int64_t example) {
  return {"picture " + std::to_string(example), {example}};
}

/// Half of the samples take in another one with its targets, all are moved by a random shift.
Sample mosaic(const SampleKey& key) {
  Sample sample = plain(key.example);
  const Rng rng = key.rng("mosaic");
  if (rng.uniform(0) < 0.5) {
    const Sample other = plain(static_cast<std::int64_t>(rng.below(1, kExamples)));
    sample.pixels += " and " + other.pixels;
    sample.targets.insert(sample.targets.end(), other.targets.begin(), other.targets.end());
  }
  for (std::int64_t& target : sample.targets) {
    target += static_cast<std::int64_t>(rng.below(2, 1000));
  }
  return sample;
}

using Samples = std::vector<Sample>;

std::vector<Samples> run(std::int64_t threads, std::uint64_t seed) {
  Prefetcher<Samples> prefetcher(each_sample<Sample>(mosaic), seed, threads);
  const std::vector<std::vector<std::int64_t>> batches = {{3, 1, 39}, {7}, {7, 0, 2, 5, 4, 8, 6}};
  std::vector<Samples> result;
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    for (const auto& batch : batches) prefetcher.announce(batch, epoch);
    for (const auto& batch : batches) result.push_back(prefetcher.take(batch, epoch));
  }
  return result;
}

TEST(Prefetcher, GivesTheSameOnAnyNumberOfThreads) {
  const std::vector<Samples> one = run(1, kSeed);
  EXPECT_EQ(run(2, kSeed), one);
  EXPECT_EQ(run(5, kSeed), one);
  EXPECT_NE(run(1, kSeed + 1), one);
}

TEST(Prefetcher, SamplesDrawOthersAndChangeTheirTargets) {
  const std::vector<Samples> samples = run(2, kSeed);
  EXPECT_EQ(samples[0][1], mosaic({kSeed, 0, 1}));
  EXPECT_EQ(samples[5][6], mosaic({kSeed, 1, 6}));
  // Example 7 stands in two batches of an epoch: the same there, another in the next epoch.
  EXPECT_EQ(samples[1][0], samples[2][0]);
  EXPECT_NE(samples[1][0], samples[4][0]);
  std::size_t mixed = 0, all = 0;
  for (const Samples& batch : samples) {
    for (const Sample& sample : batch) {
      ++all;
      mixed += sample.targets.size() == 2;
    }
  }
  EXPECT_GT(mixed, 0U);
  EXPECT_LT(mixed, all);
}

std::int64_t number(const SampleKey& key) {
  if (key.example < 0) throw std::runtime_error("broken " + std::to_string(key.example));
  return 100 * key.epoch + key.example;
}

TEST(Prefetcher, DropsWhatWasAnnouncedAndNotTaken) {
  std::atomic<int> alive = 0;
  struct Counted {
    explicit Counted(std::atomic<int>* all = nullptr) : count(all) {
      if (count != nullptr) ++*count;
    }
    Counted(Counted&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
    Counted& operator=(Counted&& other) noexcept {
      std::swap(count, other.count);
      return *this;
    }
    ~Counted() {
      if (count != nullptr) --*count;
    }
    std::atomic<int>* count;
  };
  Prefetcher<std::vector<Counted>> prefetcher(
      {[](std::int64_t count) { return std::vector<Counted>(static_cast<std::size_t>(count)); },
       [&](const SampleKey&, std::int64_t place, std::vector<Counted>& batch) {
         batch[static_cast<std::size_t>(place)] = Counted(&alive);
       }},
      0, 1);
  const std::vector<std::int64_t> first = {1, 2, 3, 4}, second = {5};
  prefetcher.announce(first, 0);
  prefetcher.announce(second, 0);
  for (int wait = 0; alive < 5 && wait < 5000; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(alive, 5);
  EXPECT_EQ(prefetcher.take(second, 0).size(), 1U);
  for (int wait = 0; alive > 0 && wait < 5000; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(alive, 0);  // the first batch is gone though nobody took it
}

TEST(Prefetcher, TellsTheFirstOfSeveralErrorsAndGoesOn) {
  for (const std::int64_t threads : {1, 2, 5}) {
    Prefetcher<std::vector<std::int64_t>> prefetcher(each_sample<std::int64_t>(number), 0, threads);
    const std::vector<std::int64_t> bad = {1, -4, 2, -9, -1}, good = {3, 4};
    prefetcher.announce(bad, 0);
    prefetcher.announce(good, 2);
    try {
      prefetcher.take(bad, 0);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "broken -4");
    }
    EXPECT_THAT(prefetcher.take(good, 2), ElementsAre(203, 204));
  }
}

TEST(Prefetcher, MakesWhatWasNotAnnounced) {
  Prefetcher<std::vector<std::int64_t>> prefetcher(each_sample<std::int64_t>(number), 0, 2);
  const std::vector<std::int64_t> some = {1, 0}, none;
  EXPECT_THAT(prefetcher.take(some, 1), ElementsAre(101, 100));
  EXPECT_TRUE(prefetcher.take(none, 1).empty());
  EXPECT_THAT(prefetcher.take(some, 1), ElementsAre(101, 100));  // a second time
}

}  // namespace
}  // namespace attune
