#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include <ATen/core/Tensor.h>

#include "attune/feed/prefetcher.h"

namespace attune {

/// Writes the pixels of an example, as they are in an epoch (augmentation), to `pixels`: float
/// [C, H, W]. Called on several threads at once; must depend on its arguments alone.
using LoadPixels =
    std::function<void(std::int64_t example, std::int64_t epoch, std::span<float> pixels)>;

struct PixelShape {
  std::int64_t channels = 3, height = 0, width = 0;
  std::int64_t numel() const { return channels * height * width; }
};

/// Makes batches of pixels ahead of their use: each picture is written to its place in the batch's
/// tensor, float [N, C, H, W].
class ImageLoader : public Prefetcher<at::Tensor> {
 public:
  /// `threads` 0 means all cores.
  ImageLoader(LoadPixels load, const PixelShape& shape, std::int64_t threads);
};

}  // namespace attune
