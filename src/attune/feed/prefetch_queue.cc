#include "attune/feed/prefetch_queue.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace attune {

struct PrefetchQueue::Batch {
  std::vector<std::int64_t> examples;
  std::int64_t epoch = 0;
  std::shared_ptr<void> room;
  // Guarded by the queue's mutex.
  std::size_t begun = 0, done = 0;
  std::size_t error_place = 0;
  std::exception_ptr error;
};

PrefetchQueue::PrefetchQueue(MakeRoom make_room, MakeSample make_sample, std::uint64_t seed,
                             std::int64_t threads)
    : make_room_(std::move(make_room)), make_sample_(std::move(make_sample)), seed_(seed) {
  if (threads <= 0) threads = std::max<std::int64_t>(std::thread::hardware_concurrency(), 1);
  // Where the system refuses a thread, those begun wait for work: nobody else would end them.
  try {
    for (std::int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

PrefetchQueue::~PrefetchQueue() {
  stop();
}

void PrefetchQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_available_.notify_all();
}

void PrefetchQueue::announce(std::span<const std::int64_t> examples, std::int64_t epoch) {
  auto batch = std::make_shared<Batch>();
  batch->examples.assign(examples.begin(), examples.end());
  batch->epoch = epoch;
  batch->room = make_room_(std::ssize(examples));
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(batch));
  }
  work_available_.notify_all();
}

std::shared_ptr<void> PrefetchQueue::take(std::span<const std::int64_t> examples,
                                          std::int64_t epoch) {
  const auto is_asked_for = [&](const std::shared_ptr<Batch>& batch) {
    return batch->epoch == epoch && std::equal(examples.begin(), examples.end(),
                                               batch->examples.begin(), batch->examples.end());
  };
  std::unique_lock lock(mutex_);
  auto found = std::find_if(queue_.begin(), queue_.end(), is_asked_for);
  // Not announced: what was belongs to an order that is no longer followed, and is given up.
  if (found == queue_.end()) {
    queue_.clear();
    lock.unlock();
    announce(examples, epoch);
    lock.lock();
    found = queue_.begin();
  }
  const std::shared_ptr<Batch> batch = *found;
  queue_.erase(queue_.begin(), found);  // it stays in the queue, so that the threads go on with it
  // Whoever waits works too: with one thread of decoding and one of training both are busy.
  while (make_one(*batch, lock)) {
  }
  batch_done_.wait(lock, [&] { return batch->done == batch->examples.size(); });
  std::erase(queue_, batch);
  if (batch->error) std::rethrow_exception(batch->error);
  return batch->room;
}

bool PrefetchQueue::make_one(Batch& batch, std::unique_lock<std::mutex>& lock) {
  if (batch.begun == batch.examples.size()) return false;
  const std::size_t place = batch.begun++;
  lock.unlock();
  std::exception_ptr error;
  try {
    make_sample_({.seed = seed_, .epoch = batch.epoch, .example = batch.examples[place]},
                 static_cast<std::int64_t>(place), batch.room.get());
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  // Which thread fails first is chance, which sample does is not.
  if (error && (!batch.error || place < batch.error_place)) {
    batch.error = error;
    batch.error_place = place;
  }
  if (++batch.done == batch.examples.size()) batch_done_.notify_all();
  return true;
}

/// The first batch of which something is left to begin.
std::shared_ptr<PrefetchQueue::Batch> PrefetchQueue::next_batch() {
  const auto found = std::find_if(queue_.begin(), queue_.end(), [](const auto& batch) {
    return batch->begun < batch->examples.size();
  });
  return found == queue_.end() ? nullptr : *found;
}

void PrefetchQueue::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (const std::shared_ptr<Batch> batch = next_batch()) {
      make_one(*batch, lock);
    } else {
      work_available_.wait(lock);
    }
  }
}

}  // namespace attune
