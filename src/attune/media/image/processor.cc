#include "attune/media/image/processor.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "attune/base/error.h"
#include "attune/media/image/geometry.h"

namespace attune {

// What the JSON says is read in processor_json.cc.

ImageProcessor::ImageProcessor(const Json& json, const std::string& source,
                               const ImageProcessorOptions& options) {
  read(json, source);
  override_geometry(options);
  override_values(options);
  fill_tables();
}

CropMode ImageProcessor::crop_mode() const {
  if (crop_) return CropMode::center;
  if (resize_ == Resize::letterbox) return CropMode::letterbox;
  return resize_ == Resize::exact ? CropMode::squash : CropMode::none;
}

void ImageProcessor::override_geometry(const ImageProcessorOptions& options) {
  if (!options.image_size && !options.resize_size && !options.crop_mode) return;
  const CropMode mode = options.crop_mode.value_or(
      options.resize_size || resize_ == Resize::shortest_edge ? CropMode::center : crop_mode());
  check(mode == CropMode::center || !options.resize_size, ErrorKind::user,
        "resize_size goes with crop_mode center, not {}", config::enum_name(mode));
  const Size size =
      options.image_size ? Size{*options.image_size, *options.image_size} : output_size();
  // Without a word on it, the part of the picture that is kept stays the same.
  // 256 / 224 is torchvision's usual evaluation, for files that crop nothing.
  double margin = 256.0 / 224.0;
  if (crop_ && resize_ == Resize::shortest_edge) {
    margin = static_cast<double>(resize_to_->height) / static_cast<double>(crop_->height);
  }
  crop_.reset();
  resize_to_ = size;
  switch (mode) {
    case CropMode::center: {
      const std::int64_t edge = options.resize_size.value_or(
          static_cast<std::int64_t>(static_cast<double>(size.height) * margin));
      check(edge >= size.height && edge >= size.width, ErrorKind::user,
            "resize_size {} is below image_size {}: pictures would get a black border", edge,
            std::max(size.height, size.width));
      resize_ = Resize::shortest_edge;
      resize_to_ = Size{edge, edge};
      crop_ = size;
      break;
    }
    case CropMode::letterbox:
      resize_ = Resize::letterbox;
      break;
    case CropMode::squash:
      resize_ = Resize::exact;
      break;
    case CropMode::none:
      resize_ = Resize::none;
      break;
  }
}

ImageProcessor ImageProcessor::with_channels(std::int64_t count) const {
  check(count == 1 || count == 3, ErrorKind::internal, "pictures have 1 or 3 channels, not {}",
        count);
  ImageProcessor result = *this;
  for (std::vector<double>* values : {&result.mean_, &result.std_}) {
    if (count == channels()) continue;
    const double value =
        count == 3 ? values->front() : ((*values)[0] + (*values)[1] + (*values)[2]) / 3;
    values->assign(static_cast<std::size_t>(count), value);
  }
  result.fill_tables();
  return result;
}

Size ImageProcessor::output_size() const {
  if (crop_) return *crop_;
  check(resize_ != Resize::shortest_edge, ErrorKind::user,
        "the model's preprocessing keeps each picture's aspect ratio, so that pictures differ in "
        "size: set crop_mode (center, letterbox or squash)");
  check(resize_to_.has_value(), ErrorKind::user,
        "the model's preprocessing does not say what size pictures have: set image_size");
  return *resize_to_;
}

float ImageProcessor::mean_level(std::size_t c) const {
  if (!normalize_) return 0;
  const double mean = mean_[std::min(c, mean_.size() - 1)];
  return static_cast<float>(rescale_ ? mean / rescale_factor_ : mean);
}

namespace {

/// torchvision's and Hugging Face's: the longer side is cut down to a whole number.
Size shortest_edge_size(Size picture, std::int64_t edge) {
  const auto longer = [&](std::int64_t a, std::int64_t b) {
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(static_cast<double>(edge * a) / static_cast<double>(b)));
  };
  return picture.width <= picture.height ? Size{longer(picture.height, picture.width), edge}
                                         : Size{edge, longer(picture.width, picture.height)};
}

}  // namespace

template <typename Sample>
Raster<Sample> ImageProcessor::resized(const Raster<Sample>& image) const {
  switch (resize_) {
    case Resize::shortest_edge:
      return resize(image, shortest_edge_size(image.size(), resize_to_->height), filter_);
    case Resize::exact:
      return resize(image, *resize_to_, filter_);
    case Resize::letterbox:
      return pad(resize(image, letterbox_size(image.size(), *resize_to_), filter_), *resize_to_,
                 PadPlace::center, Sample{0});
    case Resize::none:
      break;
  }
  // Without a resize the size in the file is what the network was built for.
  check(crop_ || !resize_to_ || image.size() == *resize_to_, ErrorKind::data,
        "a picture of {} x {} pixels; the model takes {} x {} and resizes none: set crop_mode",
        image.width, image.height, resize_to_ ? resize_to_->width : 0,
        resize_to_ ? resize_to_->height : 0);
  return image;
}

Picture ImageProcessor::shape(const Picture& picture) const {
  return std::visit(
      [&](const auto& image) -> Picture {
        check(!image.empty(), ErrorKind::data, "an empty picture");
        auto result = resized(image);
        if (!crop_ || result.size() == *crop_) return result;
        return center_crop(result, *crop_, round_half_even_);
      },
      picture);
}

/// In the order and precision of transformers' rescale (double, then float) and normalize (float).
float ImageProcessor::normalized(double value, std::size_t c) const {
  const auto rescaled = static_cast<float>(rescale_ ? value * rescale_factor_ : value);
  if (!normalize_) return rescaled;
  return (rescaled - static_cast<float>(mean_[c])) / static_cast<float>(std_[c]);
}

void ImageProcessor::fill_tables() {
  // 8 bits have 256 values: a look-up gives the same bits as computing each sample would.
  tables_.resize(mean_.size());
  for (std::size_t c = 0; c < tables_.size(); ++c) {
    for (int value = 0; value < 256; ++value) {
      tables_[c][static_cast<std::size_t>(value)] = normalized(value, c);
    }
  }
}

void ImageProcessor::normalize(const Picture& picture, std::span<float> out) const {
  std::visit(
      [&](const auto& image) {
        check(image.channels == channels() && out.size() == image.samples.size(),
              ErrorKind::internal,
              "a picture of {} x {} pixels and {} channels goes into {} floats of {} channels",
              image.width, image.height, image.channels, out.size(), channels());
        const std::size_t count = image.samples.size() / tables_.size(), step = tables_.size();
        for (std::size_t c = 0; c < step; ++c) {
          const auto* in = image.samples.data() + c;
          float* plane = out.data() + c * count;
          if constexpr (std::is_same_v<std::decay_t<decltype(image)>, Image>) {
            const float* table = tables_[c].data();
            for (std::size_t i = 0; i < count; ++i) plane[i] = table[in[i * step]];
          } else {
            for (std::size_t i = 0; i < count; ++i) plane[i] = normalized(in[i * step], c);
          }
        }
      },
      picture);
}

void ImageProcessor::apply(const Picture& picture, std::span<float> out) const {
  normalize(shape(picture), out);
}

}  // namespace attune
