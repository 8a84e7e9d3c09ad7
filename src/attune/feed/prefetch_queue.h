#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "attune/feed/sample_key.h"

namespace attune {

/// `Prefetcher` without its type: batches in the order they are asked for, made sample by sample on
/// threads of its own.
class PrefetchQueue {
 public:
  /// Room for a batch of `count` samples. Called by whoever announces or takes.
  using MakeRoom = std::function<std::shared_ptr<void>(std::int64_t count)>;
  /// Makes a sample into its place. Called on several threads at once.
  using MakeSample = std::function<void(const SampleKey& key, std::int64_t place, void* room)>;

  /// `threads` 0 means all cores.
  PrefetchQueue(MakeRoom make_room, MakeSample make_sample, std::uint64_t seed,
                std::int64_t threads);
  ~PrefetchQueue();
  PrefetchQueue(const PrefetchQueue&) = delete;
  PrefetchQueue& operator=(const PrefetchQueue&) = delete;

  void announce(std::span<const std::int64_t> examples, std::int64_t epoch);
  std::shared_ptr<void> take(std::span<const std::int64_t> examples, std::int64_t epoch);

 private:
  struct Batch;

  void work();
  void stop();
  /// Makes one sample of `batch` that nobody has begun; false where there is none.
  bool make_one(Batch& batch, std::unique_lock<std::mutex>& lock);
  std::shared_ptr<Batch> next_batch();

  MakeRoom make_room_;
  MakeSample make_sample_;
  std::uint64_t seed_;
  std::mutex mutex_;
  std::condition_variable work_available_, batch_done_;
  std::deque<std::shared_ptr<Batch>> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace attune
