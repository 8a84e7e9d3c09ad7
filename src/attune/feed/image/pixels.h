#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "attune/data/image/image_dataset.h"
#include "attune/data/image/pictures/picture_reader.h"
#include "attune/feed/image/image_loader.h"
#include "attune/media/image/augment/augmenter.h"
#include "attune/media/image/processor.h"

namespace attune {

/// From the pictures of a data set to what the model takes. The same for training, evaluation and
/// prediction but for the random changes of training.
class PixelSource {
 public:
  /// Pictures as they are evaluated. `dataset` must outlive the object.
  PixelSource(const ImageDataset& dataset, ImageProcessor processor, PictureOptions pictures);
  /// Pictures as they are trained on: changed by `augment` with numbers drawn from `seed`, epoch
  /// and example.
  PixelSource(const ImageDataset& dataset, ImageProcessor processor, PictureOptions pictures,
              const AugmentOptions& augment, std::uint64_t seed);

  PixelShape shape() const;
  /// Whether an example's pixels differ from epoch to epoch.
  bool is_random() const { return augmenter_.has_value(); }
  /// Float [C, H, W]; throws what reading the picture throws. For many threads at once.
  void load(std::int64_t example, std::int64_t epoch, std::span<float> pixels) const;
  /// What `load` normalises: the picture as the model sees it, 8 bits, for people.
  Image view(std::int64_t example, std::int64_t epoch) const;

 private:
  Picture shaped(std::int64_t example, std::int64_t epoch) const;
  Picture augmented(std::int64_t example, std::int64_t epoch) const;

  const ImageDataset& dataset_;
  ImageProcessor processor_;
  PictureOptions pictures_;
  std::optional<Augmenter> augmenter_;
  std::uint64_t seed_ = 0;
};

}  // namespace attune
