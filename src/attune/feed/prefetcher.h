#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "attune/feed/prefetch_queue.h"

namespace attune {

/// How the samples of a batch are made, whatever they are.
template <typename Batch>
struct SampleMaker {
  /// Room for a batch of `count` samples.
  std::function<Batch(std::int64_t count)> make_room;
  /// Makes a sample into its place of the batch and touches no other. Called on several threads at
  /// once; must depend on the key and on data that does not change: it may read other examples that
  /// it draws with the key (mosaic), and give the sample other targets than the data has (crop).
  std::function<void(const SampleKey& key, std::int64_t place, Batch& batch)> make_sample;
};

/// The maker of samples that are values: a batch is a vector of them.
template <typename Sample>
SampleMaker<std::vector<Sample>> each_sample(std::function<Sample(const SampleKey& key)> make) {
  static_assert(!std::is_same_v<Sample, bool>, "two bits of a vector<bool> share a byte");
  return {[](std::int64_t count) { return std::vector<Sample>(static_cast<std::size_t>(count)); },
          [make = std::move(make)](const SampleKey& key, std::int64_t place,
                                   std::vector<Sample>& batch) {
            batch[static_cast<std::size_t>(place)] = make(key);
          }};
}

/// Makes batches of samples ahead of their use, on threads of its own, of any modality. What a
/// sample is depends on (seed, epoch, example) alone, so any number of threads gives the same.
/// Memory is bounded by what is announced and not yet taken. Not for use from several threads at
/// once.
template <typename Batch>
class Prefetcher {
 public:
  /// `threads` 0 means all cores.
  Prefetcher(SampleMaker<Batch> maker, std::uint64_t seed, std::int64_t threads)
      : queue_(
            [make_room = std::move(maker.make_room)](std::int64_t count) -> std::shared_ptr<void> {
              return std::make_shared<Batch>(make_room(count));
            },
            [make_sample = std::move(maker.make_sample)](const SampleKey& key, std::int64_t place,
                                                         void* room) {
              make_sample(key, place, *static_cast<Batch*>(room));
            },
            seed, threads) {}

  /// Begins to make a batch.
  void announce(std::span<const std::int64_t> examples, std::int64_t epoch) {
    queue_.announce(examples, epoch);
  }

  /// The samples of a batch in the order of `examples`, made now where they were not announced.
  /// What was announced before that batch and not taken is dropped. Rethrows what making threw; of
  /// several samples that failed, the first's.
  Batch take(std::span<const std::int64_t> examples, std::int64_t epoch) {
    return std::move(*std::static_pointer_cast<Batch>(queue_.take(examples, epoch)));
  }

 private:
  PrefetchQueue queue_;
};

}  // namespace attune
