#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include <ATen/core/Tensor.h>

namespace attune {

/// Writes the pixels of an example, as they are in an epoch (augmentation), to `pixels`: float
/// [C, H, W]. Called on several threads at once; must depend on its arguments alone.
using LoadPixels =
    std::function<void(std::int64_t example, std::int64_t epoch, std::span<float> pixels)>;

struct PixelShape {
  std::int64_t channels = 3, height = 0, width = 0;
  std::int64_t numel() const { return channels * height * width; }
};

/// Makes batches of pixels ahead of their use, on threads of its own. Memory is bounded by what is
/// announced and not yet taken. Not for use from several threads at once.
class ImageLoader {
 public:
  /// `threads` 0 means all cores.
  ImageLoader(LoadPixels load, const PixelShape& shape, std::int64_t threads);
  ~ImageLoader();
  ImageLoader(const ImageLoader&) = delete;
  ImageLoader& operator=(const ImageLoader&) = delete;

  /// Begins to load a batch.
  void announce(std::span<const std::int64_t> examples, std::int64_t epoch);

  /// The pixels of a batch, float [N, C, H, W], made now where they were not announced. What was
  /// announced before that batch and not taken is dropped. Rethrows what loading threw.
  at::Tensor take(std::span<const std::int64_t> examples, std::int64_t epoch);

 private:
  struct Batch;

  void work();
  void stop();
  /// Loads one example of `batch` that nobody has begun; false where there is none.
  bool load_one(Batch& batch, std::unique_lock<std::mutex>& lock);
  std::shared_ptr<Batch> next_batch();

  LoadPixels load_;
  PixelShape shape_;
  std::mutex mutex_;
  std::condition_variable work_available_, batch_done_;
  std::deque<std::shared_ptr<Batch>> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace attune
