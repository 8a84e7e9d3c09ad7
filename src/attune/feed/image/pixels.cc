#include "attune/feed/image/pixels.h"

#include <utility>

namespace attune {
namespace {

constexpr bool kShrink = true;  // a random crop is resized anyway

AugmentTarget target_of(const ImageProcessor& processor) {
  AugmentTarget target{.size = processor.output_size(), .filter = processor.filter()};
  for (std::size_t c = 0; c < 3; ++c) target.erase_value[c] = processor.mean_level(c);
  return target;
}

}  // namespace

PixelSource::PixelSource(const ImageDataset& dataset, ImageProcessor processor,
                         PictureOptions pictures)
    : dataset_(dataset), processor_(std::move(processor)), pictures_(std::move(pictures)) {}

PixelSource::PixelSource(const ImageDataset& dataset, ImageProcessor processor,
                         PictureOptions pictures, const AugmentOptions& augment, std::uint64_t seed)
    : PixelSource(dataset, std::move(processor), std::move(pictures)) {
  if (augment.changes_pictures()) augmenter_.emplace(augment, target_of(processor_));
  seed_ = seed;
}

PixelShape PixelSource::shape() const {
  const Size size = processor_.output_size();
  return {pictures_.channels, size.height, size.width};
}

/// A random resized crop is cut out of the whole picture, anything else changes what evaluation
/// would see. Of a JPEG just the crop is decoded, large ones shrunk while reading.
Picture PixelSource::augmented(std::int64_t example, std::int64_t epoch) const {
  const AugmentKey key{seed_, static_cast<std::uint64_t>(epoch),
                       static_cast<std::uint64_t>(example)};
  const bool resizes = augmenter_->options().random_resized_crop;
  const ImageExample& item = dataset_.examples[static_cast<std::size_t>(example)];
  // A block's picture is in memory already: there is nothing of which a crop alone could be
  // decoded.
  if (item.block >= 0 || !resizes) {
    Picture picture = read_picture(dataset_, example, pictures_);
    return augmenter_->apply(resizes ? std::move(picture) : processor_.shape(picture), key);
  }
  const PictureFile file(item.path);
  const AugmentPlan plan = augmenter_->plan(file.shown_size(pictures_), key);
  return std::visit(
      [&](auto image) -> Picture { return augmenter_->apply(std::move(image), plan); },
      file.decode(pictures_, augmenter_->decode_options(plan, kShrink)));
}

Picture PixelSource::shaped(std::int64_t example, std::int64_t epoch) const {
  if (augmenter_) return augmented(example, epoch);
  return processor_.shape(read_picture(dataset_, example, pictures_));
}

void PixelSource::load(std::int64_t example, std::int64_t epoch, std::span<float> pixels) const {
  processor_.normalize(shaped(example, epoch), pixels);
}

Image PixelSource::view(std::int64_t example, std::int64_t epoch) const {
  return to_image(shaped(example, epoch));
}

}  // namespace attune
