#include "attune/feed/image_loader.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/empty.h>

namespace attune {

struct ImageLoader::Batch {
  std::vector<std::int64_t> examples;
  std::int64_t epoch = 0;
  at::Tensor pixels;
  std::size_t begun = 0, done = 0;  // examples, guarded by the loader's mutex
  std::exception_ptr error;
};

ImageLoader::ImageLoader(LoadPixels load, const PixelShape& shape, std::int64_t threads)
    : load_(std::move(load)), shape_(shape) {
  if (threads <= 0) threads = std::max<std::int64_t>(std::thread::hardware_concurrency(), 1);
  try {
    for (std::int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

ImageLoader::~ImageLoader() {
  stop();
}

void ImageLoader::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_available_.notify_all();
}

void ImageLoader::announce(std::span<const std::int64_t> examples, std::int64_t epoch) {
  auto batch = std::make_shared<Batch>();
  batch->examples.assign(examples.begin(), examples.end());
  batch->epoch = epoch;
  batch->pixels = at::empty(
      {static_cast<std::int64_t>(examples.size()), shape_.channels, shape_.height, shape_.width},
      at::kFloat);
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(batch));
  }
  work_available_.notify_all();
}

at::Tensor ImageLoader::take(std::span<const std::int64_t> examples, std::int64_t epoch) {
  const auto is_asked_for = [&](const std::shared_ptr<Batch>& batch) {
    return batch->epoch == epoch && std::equal(examples.begin(), examples.end(),
                                               batch->examples.begin(), batch->examples.end());
  };
  std::unique_lock lock(mutex_);
  auto found = std::find_if(queue_.begin(), queue_.end(), is_asked_for);
  if (found == queue_.end()) {
    queue_.clear();
    lock.unlock();
    announce(examples, epoch);
    lock.lock();
    found = queue_.begin();
  }
  const std::shared_ptr<Batch> batch = *found;
  queue_.erase(queue_.begin(), found);  // it stays in the queue, so that the threads go on with it
  while (load_one(*batch, lock)) {
  }
  batch_done_.wait(lock, [&] { return batch->done == batch->examples.size(); });
  std::erase(queue_, batch);
  if (batch->error) std::rethrow_exception(batch->error);
  return batch->pixels;
}

bool ImageLoader::load_one(Batch& batch, std::unique_lock<std::mutex>& lock) {
  if (batch.begun == batch.examples.size()) return false;
  const std::size_t index = batch.begun++;
  lock.unlock();
  std::exception_ptr error;
  try {
    const auto size = static_cast<std::size_t>(shape_.numel());
    float* const out = batch.pixels.mutable_data_ptr<float>() + index * size;
    load_(batch.examples[index], batch.epoch, std::span(out, size));
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  if (error && !batch.error) batch.error = error;
  if (++batch.done == batch.examples.size()) batch_done_.notify_all();
  return true;
}

/// The first batch of which something is left to begin.
std::shared_ptr<ImageLoader::Batch> ImageLoader::next_batch() {
  const auto found = std::find_if(queue_.begin(), queue_.end(), [](const auto& batch) {
    return batch->begun < batch->examples.size();
  });
  return found == queue_.end() ? nullptr : *found;
}

void ImageLoader::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (const std::shared_ptr<Batch> batch = next_batch()) {
      load_one(*batch, lock);
    } else {
      work_available_.wait(lock);
    }
  }
}

}  // namespace attune
