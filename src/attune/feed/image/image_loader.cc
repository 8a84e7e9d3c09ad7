#include "attune/feed/image/image_loader.h"

#include <utility>

#include <ATen/ops/empty.h>

namespace attune {
namespace {

constexpr std::uint64_t kNoSeed = 0;  // `LoadPixels` has its own

SampleMaker<at::Tensor> pixel_maker(LoadPixels load, const PixelShape& shape) {
  return {
      [shape](std::int64_t count) {
        // Not cleared: every pixel is written.
        return at::empty({count, shape.channels, shape.height, shape.width}, at::kFloat);
      },
      [shape, load = std::move(load)](const SampleKey& key, std::int64_t place, at::Tensor& batch) {
        // Where it stays: gathering pictures into a batch afterwards would copy all of its pixels.
        float* const out = batch.mutable_data_ptr<float>() + place * shape.numel();
        load(key.example, key.epoch, {out, static_cast<std::size_t>(shape.numel())});
      }};
}

}  // namespace

ImageLoader::ImageLoader(LoadPixels load, const PixelShape& shape, std::int64_t threads)
    : Prefetcher(pixel_maker(std::move(load), shape), kNoSeed, threads) {}

}  // namespace attune
