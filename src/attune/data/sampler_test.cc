#include "attune/data/sampler.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"
#include "attune/data/split/split.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::int64_t> some_lengths(std::size_t count) {
  const Rng rng(7, "lengths");
  std::vector<std::int64_t> lengths(count);
  for (std::size_t i = 0; i < count; ++i) {
    lengths[i] = 1 + static_cast<std::int64_t>(rng.below(i, 60));
  }
  return lengths;
}

std::vector<std::int64_t> sorted(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<std::int64_t> one_to(std::int64_t count) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

ErrorKind kind_of(std::vector<std::int64_t> lengths, const SamplerOptions& options) {
  try {
    BatchSampler(std::move(lengths), options);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::internal;
}

TEST(Sampler, EveryOrderVisitsEachExampleOnceAndCountsItsBatches) {
  for (const auto order : {SamplingOrder::random, SamplingOrder::group_by_length,
                           SamplingOrder::sequential, SamplingOrder::by_length}) {
    for (const std::int64_t tokens : {0, 100}) {
      const BatchSampler sampler(some_lengths(1003),
                                 {.order = order, .batch_size = 8, .batch_tokens = tokens});
      std::int64_t total = 0;
      for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
        const EpochBatches batches = sampler.epoch_batches(epoch);
        EXPECT_EQ(sorted(batches.examples), one_to(1003));
        EXPECT_EQ(batches.size(), sampler.batches_in_epoch(epoch));
        EXPECT_EQ(batches.examples, sampler.epoch_batches(epoch).examples);
        for (std::int64_t b = 0; b < batches.size(); ++b) EXPECT_FALSE(batches[b].empty());
        total += batches.size();
      }
      EXPECT_EQ(total, sampler.total_batches(3));
    }
  }
}

TEST(Sampler, OrderDependsOnSeedAndEpochAlone) {
  const auto order = [](std::uint64_t seed, std::int64_t epoch) {
    return BatchSampler(some_lengths(100), {.seed = seed}).epoch_batches(epoch).examples;
  };
  EXPECT_NE(order(1, 0), order(1, 1));
  EXPECT_NE(order(1, 0), order(2, 0));
  EXPECT_EQ(order(1, 5), order(1, 5));
}

TEST(Sampler, DropLastLeavesOutARaggedBatch) {
  for (const auto order : {SamplingOrder::random, SamplingOrder::group_by_length}) {
    const BatchSampler sampler(some_lengths(21),
                               {.order = order, .batch_size = 4, .drop_last = true});
    const EpochBatches batches = sampler.epoch_batches(0);
    EXPECT_EQ(batches.size(), 5);
    EXPECT_EQ(sampler.batches_in_epoch(0), 5);
    for (std::int64_t b = 0; b < 5; ++b) EXPECT_EQ(batches[b].size(), 4U);
  }
}

TEST(Sampler, TokenBudgetIsKeptAndFilled) {
  const auto lengths = some_lengths(500);
  const BatchSampler sampler(lengths,
                             {.order = SamplingOrder::group_by_length, .batch_tokens = 128});
  const EpochBatches batches = sampler.epoch_batches(0);
  std::int64_t sum = 0;
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    std::int64_t tokens = 0;
    for (const std::int64_t i : batches[b]) tokens += lengths[static_cast<std::size_t>(i)];
    EXPECT_LE(tokens, 128);
    sum += tokens;
  }
  EXPECT_GT(static_cast<double>(sum) / static_cast<double>(batches.size()), 0.8 * 128);
}

/// Mean difference between the longest and the shortest of a batch.
double spread(const EpochBatches& batches, const std::vector<std::int64_t>& lengths) {
  double sum = 0;
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    std::vector<std::int64_t> in_batch;
    for (const std::int64_t i : batches[b])
      in_batch.push_back(lengths[static_cast<std::size_t>(i)]);
    const auto [low, high] = std::minmax_element(in_batch.begin(), in_batch.end());
    sum += static_cast<double>(*high - *low);
  }
  return sum / static_cast<double>(batches.size());
}

TEST(Sampler, GroupingByLengthMakesBatchesOfSimilarLengthInRandomOrder) {
  const auto lengths = some_lengths(2000);
  const auto batches_of = [&](SamplingOrder order) {
    return BatchSampler(lengths, {.order = order, .batch_size = 16}).epoch_batches(0);
  };
  const EpochBatches grouped = batches_of(SamplingOrder::group_by_length);
  EXPECT_LT(spread(grouped, lengths), 0.15 * spread(batches_of(SamplingOrder::random), lengths));
  std::vector<std::int64_t> firsts, tokens;
  for (std::int64_t b = 0; b < grouped.size(); ++b) {
    firsts.push_back(lengths[static_cast<std::size_t>(grouped[b][0])]);
    tokens.push_back(0);
    for (const auto i : grouped[b]) tokens.back() += lengths[static_cast<std::size_t>(i)];
  }
  EXPECT_FALSE(std::is_sorted(firsts.rbegin(), firsts.rend()));
  EXPECT_EQ(tokens[0], *std::max_element(tokens.begin(), tokens.end()));
}

TEST(Sampler, EvaluationOrders) {
  const std::vector<std::int64_t> lengths = {3, 9, 1, 9};
  const auto examples = [&](SamplingOrder order) {
    return BatchSampler(lengths, {.order = order, .batch_size = 3}).epoch_batches(0).examples;
  };
  EXPECT_THAT(examples(SamplingOrder::sequential), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(examples(SamplingOrder::by_length), ElementsAre(1, 3, 0, 2));
}

TEST(Sampler, BalancedSamplingDrawsEveryClassEquallyOften) {
  std::vector<std::int64_t> classes(900, 0);
  classes.resize(1000, 2);  // 900 of class 0, none of class 1, 100 of class 2
  const BatchSampler sampler(some_lengths(1000), {.batch_size = 10, .balance_classes = classes});
  const EpochBatches batches = sampler.epoch_batches(3);
  std::vector<int> uses(1000);
  for (const std::int64_t i : batches.examples) ++uses[static_cast<std::size_t>(i)];
  EXPECT_EQ(std::accumulate(uses.begin(), uses.begin() + 900, 0), 500);
  EXPECT_EQ(*std::max_element(uses.begin(), uses.begin() + 900), 1);
  EXPECT_TRUE(std::all_of(uses.begin() + 900, uses.end(), [](int n) { return n == 5; }));
  EXPECT_NE(batches.examples, sampler.epoch_batches(4).examples);
}

TEST(Sampler, ReplaysSomeOldExamplesAnewEachEpoch) {
  const BatchSampler sampler(std::vector<std::int64_t>(100, 1),
                             {.batch_size = 7, .replay_from = 40, .replayed = 10});
  std::set<std::int64_t> replayed;
  for (std::int64_t epoch = 0; epoch < 4; ++epoch) {
    const EpochBatches batches = sampler.epoch_batches(epoch);
    const std::set<std::int64_t> seen(batches.examples.begin(), batches.examples.end());
    EXPECT_EQ(seen.size(), 50U);
    EXPECT_EQ(batches.examples.size(), 50U);
    EXPECT_EQ(std::distance(seen.begin(), seen.lower_bound(40)), 40);
    EXPECT_EQ(batches.size(), sampler.batches_in_epoch(epoch));
    // In between the new ones, not behind them.
    EXPECT_LT(*std::max_element(batches[7].begin(), batches[7].end()), 100);
    EXPECT_FALSE(std::is_sorted(batches.examples.begin(), batches.examples.end()));
    replayed.insert(seen.lower_bound(40), seen.end());
  }
  EXPECT_GT(replayed.size(), 20U);
}

TEST(Sampler, RefusesWhatCannotWork) {
  EXPECT_EQ(kind_of({}, {}), ErrorKind::data);
  EXPECT_EQ(kind_of({1}, {.batch_size = 0}), ErrorKind::user);
  EXPECT_EQ(kind_of({5, 9}, {.batch_tokens = 8}), ErrorKind::user);
  EXPECT_EQ(kind_of({5}, {.batch_tokens = -1}), ErrorKind::user);
  EXPECT_EQ(kind_of({5, 9}, {.batch_size = 3, .drop_last = true}), ErrorKind::user);
  EXPECT_EQ(kind_of({5, 9}, {.order = SamplingOrder::sequential, .balance_classes = {0, 1}}),
            ErrorKind::user);
  const BatchSampler huge(
      {5, 9}, {.order = SamplingOrder::group_by_length, .batch_size = std::int64_t{1} << 62});
  EXPECT_EQ(huge.epoch_batches(0).size(), 1);
}

TEST(ClassWeights, FollowScikitLearn) {
  // compute_class_weight("balanced", classes=[0, 1, 2], y=[0]*1 + [1]*2 + [2]*3)
  const std::vector<std::string> names = {"a", "b", "c"};
  EXPECT_THAT(balanced_class_weights(std::vector<std::int64_t>{1, 2, 3}, names),
              ElementsAre(2.0, 1.0, 6.0 / 9.0));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         balanced_class_weights(std::vector<std::int64_t>{1, 0, 2}, names);
                       }),
              HasSubstr("class \"b\" has no training example"));
}

std::vector<std::int64_t> held_out_counts(const std::vector<std::int64_t>& classes,
                                          const Split& split, std::size_t class_count) {
  std::vector<std::int64_t> counts(class_count);
  for (const auto i : split.validation) {
    ++counts[static_cast<std::size_t>(classes[static_cast<std::size_t>(i)])];
  }
  return counts;
}

TEST(Split, StratifiedKeepsTheBalance) {
  std::vector<std::int64_t> classes(600, 0);
  classes.resize(900, 1);
  classes.resize(999, 2);
  classes.resize(1000, 3);
  const Split split = stratified_split(classes, 0.1, 42);
  EXPECT_THAT(held_out_counts(classes, split, 4), ElementsAre(60, 30, 10, 0));
  std::vector<std::int64_t> all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  EXPECT_EQ(sorted(all), one_to(1000));
  EXPECT_EQ(stratified_split(classes, 0.1, 42).validation, split.validation);
  EXPECT_NE(stratified_split(classes, 0.1, 43).validation, split.validation);
}

TEST(Split, EveryClassKeepsATrainingExample) {
  const std::vector<std::int64_t> classes = {0, 0, 1, 1, 2, 2};
  EXPECT_THAT(held_out_counts(classes, stratified_split(classes, 0.5, 1), 3), ElementsAre(1, 1, 1));
  EXPECT_THROW(stratified_split(classes, 0.7, 1), Error);
  EXPECT_THROW(stratified_split(std::vector<std::int64_t>{0, 1, 2}, 0.1, 1), Error);
}

TEST(Split, RandomHoldsOutTheFraction) {
  const Split split = random_split(101, 0.2, 5);
  EXPECT_EQ(split.validation.size(), 20U);
  EXPECT_EQ(split.train.size(), 81U);
  EXPECT_TRUE(std::is_sorted(split.train.begin(), split.train.end()));
  EXPECT_EQ(random_split(3, 0.01, 5).validation.size(), 1U);
  EXPECT_EQ(random_split(3, 0.99, 5).validation.size(), 2U);
  EXPECT_THROW(random_split(1, 0.5, 5), Error);
  EXPECT_THROW(random_split(10, 0, 5), Error);
  EXPECT_THROW(random_split(10, 1, 5), Error);
}

}  // namespace
}  // namespace attune
