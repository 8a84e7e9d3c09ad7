#include "attune/data/sampler.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {
namespace {

/// HF's LengthGroupedSampler sorts within 50 batches at a time, fewer where there are few batches.
constexpr std::int64_t kBatchesPerMegaBatch = 50;

// Bounded, so that no sum of lengths overflows.
constexpr std::int64_t kMaxBatchTokens = std::int64_t{1} << 40;

std::int64_t count_of(const std::vector<std::int64_t>& values) {
  return static_cast<std::int64_t>(values.size());
}

}  // namespace

std::span<const std::int64_t> EpochBatches::operator[](std::int64_t b) const {
  const auto i = static_cast<std::size_t>(b);
  return std::span(examples).subspan(static_cast<std::size_t>(offsets[i]),
                                     static_cast<std::size_t>(offsets[i + 1] - offsets[i]));
}

BatchSampler::BatchSampler(std::vector<std::int64_t> lengths, SamplerOptions options)
    : lengths_(std::move(lengths)), options_(std::move(options)) {
  check(!lengths_.empty(), ErrorKind::data, "there is no example to make batches of");
  check(options_.batch_tokens > 0 || options_.batch_size > 0, ErrorKind::user,
        "the batch size is {}, expected at least 1", options_.batch_size);
  check(options_.batch_tokens >= 0 && options_.batch_tokens <= kMaxBatchTokens, ErrorKind::user,
        "the number of tokens in a batch is {}, expected 1 to {} (0: use the batch size)",
        options_.batch_tokens, kMaxBatchTokens);
  // Otherwise an epoch would have no batch, and training would end at once without a word.
  check(
      !options_.drop_last || options_.batch_tokens > 0 || options_.batch_size <= count_of(lengths_),
      ErrorKind::user,
      "the {} examples do not fill one batch of {}; lower the batch size or keep the last batch",
      lengths_.size(), options_.batch_size);
  for (std::size_t i = 0; options_.batch_tokens > 0 && i < lengths_.size(); ++i) {
    check(lengths_[i] >= 1 && lengths_[i] <= options_.batch_tokens, ErrorKind::user,
          "example {} has {} tokens, expected 1 to {} (the tokens of a batch); raise the latter or "
          "lower the maximum length",
          i, lengths_[i], options_.batch_tokens);
  }
  const bool is_random =
      options_.order == SamplingOrder::random || options_.order == SamplingOrder::group_by_length;
  if (options_.replay_from >= 0) {
    const std::int64_t old = count_of(lengths_) - options_.replay_from;
    check(is_random && options_.balance_classes.empty() && options_.replayed >= 0 &&
              options_.replayed <= old,
          ErrorKind::internal, "{} of {} examples to replay", options_.replayed, old);
  }
  if (options_.balance_classes.empty()) return;
  check(options_.balance_classes.size() == lengths_.size(), ErrorKind::internal,
        "{} class ids for {} examples", options_.balance_classes.size(), lengths_.size());
  check(is_random, ErrorKind::user, "class-balanced sampling needs a random order");
}

EpochBatches BatchSampler::epoch_batches(std::int64_t epoch) const {
  std::vector<std::int64_t> order = draws(epoch);
  if (options_.order == SamplingOrder::by_length) {
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return lengths_[static_cast<std::size_t>(a)] > lengths_[static_cast<std::size_t>(b)];
    });
  }
  if (options_.order != SamplingOrder::group_by_length) return cut(order);
  if (options_.drop_last &&
      options_.batch_tokens == 0) {  // before sorting: at random, not by length
    order.resize(order.size() / static_cast<std::size_t>(options_.batch_size) *
                 static_cast<std::size_t>(options_.batch_size));
  }
  sort_within_mega_batches(order);
  return shuffle(cut(order), epoch);
}

std::int64_t BatchSampler::batches_in_epoch(std::int64_t epoch) const {
  // How many batches the tokens fill depends on the order in which the lengths come.
  if (options_.batch_tokens > 0) return epoch_batches(epoch).size();
  const std::int64_t size = options_.batch_size;
  const std::int64_t drawn =
      options_.replay_from < 0 ? count_of(lengths_) : options_.replay_from + options_.replayed;
  return drawn / size + (!options_.drop_last && drawn % size != 0 ? 1 : 0);
}

std::int64_t BatchSampler::total_batches(std::int64_t num_epochs) const {
  std::int64_t total = 0;
  for (std::int64_t epoch = 0; epoch < num_epochs; ++epoch) total += batches_in_epoch(epoch);
  return total;
}

/// The examples of an epoch in the order they are drawn.
std::vector<std::int64_t> BatchSampler::draws(std::int64_t epoch) const {
  if (!options_.balance_classes.empty()) return balanced_draws(epoch);
  if (options_.order == SamplingOrder::random || options_.order == SamplingOrder::group_by_length) {
    std::vector<std::int64_t> order =
        Rng(options_.seed, "shuffle", static_cast<std::uint64_t>(epoch))
            .permutation(count_of(lengths_));
    if (options_.replay_from >= 0) leave_out_replayed(order);
    return order;
  }
  std::vector<std::int64_t> order(lengths_.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// Keeps the first of the old examples in a random order: as random as any choice, and in between
/// the new ones.
void BatchSampler::leave_out_replayed(std::vector<std::int64_t>& order) const {
  std::int64_t left = options_.replayed;
  std::vector<std::int64_t> kept;
  for (const std::int64_t i : order) {
    if (i < options_.replay_from || left-- > 0) kept.push_back(i);
  }
  order = std::move(kept);
}

/// n draws with the classes in turn; within a class its examples in random order, again and again.
std::vector<std::int64_t> BatchSampler::balanced_draws(std::int64_t epoch) const {
  const auto key = static_cast<std::uint64_t>(epoch);
  std::vector<std::vector<std::int64_t>> members;
  for (const std::int64_t i : Rng(options_.seed, "balance", key).permutation(count_of(lengths_))) {
    const auto id = static_cast<std::size_t>(options_.balance_classes[static_cast<std::size_t>(i)]);
    if (id >= members.size()) members.resize(id + 1);
    members[id].push_back(i);
  }
  // A class that the names give but the data do not would take turns without an example.
  std::erase_if(members, [](const auto& member) { return member.empty(); });
  std::vector<std::int64_t> drawn;
  drawn.reserve(lengths_.size());
  for (std::size_t round = 0; drawn.size() < lengths_.size(); ++round) {
    for (std::size_t c = 0; c < members.size() && drawn.size() < lengths_.size(); ++c) {
      drawn.push_back(members[c][round % members[c].size()]);
    }
  }
  // Shuffled once more: in turns every batch would hold its classes in the same order.
  std::vector<std::int64_t> order;
  order.reserve(drawn.size());
  for (const std::int64_t i : Rng(options_.seed, "shuffle", key).permutation(count_of(drawn))) {
    order.push_back(drawn[static_cast<std::size_t>(i)]);
  }
  return order;
}

void BatchSampler::sort_within_mega_batches(std::vector<std::int64_t>& order) const {
  std::int64_t batch = std::min(options_.batch_size, count_of(lengths_));
  if (options_.batch_tokens > 0) {
    const auto tokens = std::accumulate(lengths_.begin(), lengths_.end(), std::int64_t{0});
    // A batch has no fixed number of examples then; what it holds on average stands for it.
    const std::int64_t mean = tokens / count_of(lengths_);  // at least 1, as every length is
    batch = std::clamp<std::int64_t>(options_.batch_tokens / mean, 1, count_of(lengths_));
  }
  const auto batches =
      std::clamp<std::int64_t>(count_of(order) / (batch * 4), 1, kBatchesPerMegaBatch);
  const std::int64_t mega_batch = batch * batches;
  for (std::int64_t begin = 0; begin < count_of(order); begin += mega_batch) {
    const auto end = std::min(begin + mega_batch, count_of(order));
    std::stable_sort(
        order.begin() + begin, order.begin() + end, [&](std::int64_t a, std::int64_t b) {
          return lengths_[static_cast<std::size_t>(a)] > lengths_[static_cast<std::size_t>(b)];
        });
  }
}

EpochBatches BatchSampler::cut(const std::vector<std::int64_t>& order) const {
  EpochBatches batches;
  std::int64_t examples = 0, tokens = 0;
  for (std::int64_t i = 0; i < count_of(order); ++i) {
    const std::int64_t length =
        lengths_[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
    const bool is_full = options_.batch_tokens > 0 ? tokens + length > options_.batch_tokens
                                                   : examples == options_.batch_size;
    // Asked before an example joins: a batch never holds more tokens than the limit.
    if (is_full && examples > 0) {
      batches.offsets.push_back(i);
      examples = tokens = 0;
    }
    ++examples;
    tokens += length;
  }
  const bool drops =
      options_.drop_last && options_.batch_tokens == 0 && examples < options_.batch_size;
  if (!drops) batches.offsets.push_back(count_of(order));
  batches.examples = order;
  batches.examples.resize(static_cast<std::size_t>(batches.offsets.back()));
  return batches;
}

/// Random order of the batches, but the one with most tokens comes first: where memory does not
/// suffice, that shows at once (as in HF's sampler).
EpochBatches BatchSampler::shuffle(const EpochBatches& batches, std::int64_t epoch) const {
  auto order =
      Rng(options_.seed, "batches", static_cast<std::uint64_t>(epoch)).permutation(batches.size());
  std::vector<std::int64_t> tokens;
  for (const std::int64_t b : order) {
    tokens.push_back(0);
    for (const std::int64_t i : batches[b]) tokens.back() += lengths_[static_cast<std::size_t>(i)];
  }
  std::swap(order[0], order[static_cast<std::size_t>(
                          std::max_element(tokens.begin(), tokens.end()) - tokens.begin())]);
  EpochBatches shuffled;
  shuffled.examples.reserve(batches.examples.size());
  for (const std::int64_t b : order) {
    shuffled.examples.insert(shuffled.examples.end(), batches[b].begin(), batches[b].end());
    shuffled.offsets.push_back(count_of(shuffled.examples));
  }
  return shuffled;
}

std::vector<double> balanced_class_weights(std::span<const std::int64_t> counts,
                                           std::span<const std::string> names) {
  const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  std::vector<double> weights;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    check(counts[c] > 0, ErrorKind::data,
          "class \"{}\" has no training example, so it has no balanced weight; leave it out of "
          "--labels, or give the weights by name (--class-weights LABEL=WEIGHT,...)",
          names[c]);
    weights.push_back(static_cast<double>(total) /
                      (static_cast<double>(counts.size()) * static_cast<double>(counts[c])));
  }
  return weights;
}

}  // namespace attune
