#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace attune {

/// The order in which examples are visited.
enum class SamplingOrder {
  random,           ///< a new permutation each epoch
  group_by_length,  ///< random batches of similar length (as HF Trainer's option of that name)
  sequential,       ///< as given
  by_length,        ///< longest first: evaluation, where order does not matter
};

struct SamplerOptions {
  SamplingOrder order = SamplingOrder::random;
  std::int64_t batch_size = 8;  ///< examples per batch, not used with `batch_tokens`
  /// > 0: a batch holds as many examples as fit, measured by the sum of their lengths (batches are
  /// packed, not padded).
  std::int64_t batch_tokens = 0;
  bool drop_last = false;  ///< leave out what does not fill a batch of `batch_size`
  std::uint64_t seed = 42;
  /// Class ids of the examples. Not empty: an epoch still has n draws, but as many of every class,
  /// so examples of small classes come repeatedly and some of large ones not at all. Needs a
  /// random order (`random`, `group_by_length`).
  std::vector<std::int64_t> balance_classes;
  /// >= 0: of the examples from this one on an epoch has only `replayed`, drawn anew each time: old
  /// data that are to be remembered beside the new. Needs a random order too.
  std::int64_t replay_from = -1;
  std::int64_t replayed = 0;
};

/// The batches of one epoch: example indices, batch after batch.
struct EpochBatches {
  std::vector<std::int64_t> examples;
  std::vector<std::int64_t> offsets = {0};  ///< batch b is examples[offsets[b], offsets[b + 1])

  std::int64_t size() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  /// Requires 0 <= b < size().
  std::span<const std::int64_t> operator[](std::int64_t b) const;
};

/// Says which examples make batch b of epoch e: a pure function of (lengths, options, e), the same
/// on any number of threads. A training run resumes from (e, b) alone.
class BatchSampler {
 public:
  /// `lengths`: tokens of each example as the model will see it (after truncation), at least 1 each
  /// where `batch_tokens` is used. Throws `user` for impossible options, among them an example
  /// longer than `batch_tokens`; `data` where there is no example.
  BatchSampler(std::vector<std::int64_t> lengths, SamplerOptions options);

  /// Computes the epoch's batches: O(n log n). Keep the result for the epoch.
  EpochBatches epoch_batches(std::int64_t epoch) const;
  /// With `batch_tokens` the number depends on the epoch's order, which is computed to count.
  std::int64_t batches_in_epoch(std::int64_t epoch) const;
  /// Sum over epochs 0 .. num_epochs-1: the length of a schedule.
  std::int64_t total_batches(std::int64_t num_epochs) const;

 private:
  std::vector<std::int64_t> draws(std::int64_t epoch) const;
  std::vector<std::int64_t> balanced_draws(std::int64_t epoch) const;
  void leave_out_replayed(std::vector<std::int64_t>& order) const;
  void sort_within_mega_batches(std::vector<std::int64_t>& order) const;
  EpochBatches cut(const std::vector<std::int64_t>& order) const;
  EpochBatches shuffle(const EpochBatches& batches, std::int64_t epoch) const;

  std::vector<std::int64_t> lengths_;
  SamplerOptions options_;
};

/// Weight n / (k * n_c) for each of the k classes, n_c examples of class c among n in all
/// (scikit-learn's compute_class_weight("balanced")). Throws `data` for a class without examples,
/// by its name.
std::vector<double> balanced_class_weights(std::span<const std::int64_t> counts,
                                           std::span<const std::string> names);

}  // namespace attune
