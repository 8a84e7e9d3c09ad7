#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/json.h"
#include "attune/config/field.h"
#include "attune/media/image/image.h"
#include "attune/media/image/resize.h"

namespace attune {

/// How a picture of any shape becomes one of the model's.
enum class CropMode {
  center,     ///< the shorter side to `resize_size`, then the middle of `image_size`
  letterbox,  ///< as large as fits into `image_size`, black around it
  squash,     ///< to `image_size`, whatever the aspect ratio
  none,       ///< pictures are of `image_size` already
};

constexpr auto enum_names(CropMode) {
  return std::to_array<std::pair<CropMode, std::string_view>>({{CropMode::center, "center"},
                                                               {CropMode::letterbox, "letterbox"},
                                                               {CropMode::squash, "squash"},
                                                               {CropMode::none, "none"}});
}

/// What a run changes of the model's own preprocessing; what is not set stays.
struct ImageProcessorOptions {
  std::optional<std::int64_t> image_size, resize_size;
  std::optional<CropMode> crop_mode;
  std::optional<Filter> resample;
  std::vector<std::string> image_mean, image_std;

  template <typename V>
  void visit(V& v) {
    v("image_size", image_size, "Height and width of the pictures that the model takes",
      config::in_range(1, 16384));
    v("resize_size", resize_size,
      "crop_mode center: the shorter side is resized to this before the middle is cut out",
      config::in_range(1, 16384));
    v("crop_mode", crop_mode,
      "How a picture becomes a square: its middle (center), all of it with a black border "
      "(letterbox), distorted (squash), or as it is (none)");
    v("resample", resample, "Filter of the resize");
    v("image_mean", image_mean,
      "Numbers taken from the channels, on the scale of 0 to 1: one, or one per channel");
    v("image_std", image_std, "Numbers that the channels are then divided by");
  }
};

/// From a decoded picture to a model's input, as the Python original computes it: Hugging Face's
/// image processors (their PIL versions) or torchvision's evaluation transforms on PIL pictures.
class ImageProcessor {
 public:
  /// `json` is what a preprocessor_config.json holds: of ViT-, DeiT-, BEiT-, ConvNeXt-,
  /// MobileNetV1-, MobileNetV2-, CLIP- and Bit-ImageProcessor, older ...FeatureExtractor files
  /// included. Throws `data`, naming `source`, where a value is wrong or asks for something else
  /// than resize, centre crop, rescale and normalise; `user` where the options do not fit.
  ImageProcessor(const Json& json, const std::string& source,
                 const ImageProcessorOptions& options = {});

  /// The same for pictures of 1 or 3 channels: from 3 to 1 mean and deviation are averaged, from 1
  /// to 3 repeated.
  ImageProcessor with_channels(std::int64_t channels) const;

  std::int64_t channels() const { return static_cast<std::int64_t>(mean_.size()); }
  /// Throws `user` where the size depends on the picture (nothing is cropped), or is not known.
  Size output_size() const;
  Filter filter() const { return filter_; }
  /// What is taken from channel `c`, on the scale of samples (0 to 255). Grey has one for all.
  float mean_level(std::size_t c) const;

  /// Resize and crop: the part that random augmentation takes the place of. Throws `data` where
  /// the picture is empty or not resized and of another size than `output_size()`.
  Picture shape(const Picture& picture) const;
  /// Rescale and normalise: `out` receives float [C, H, W] and has that size. Throws `internal`
  /// where the picture has another number of channels.
  void normalize(const Picture& picture, std::span<float> out) const;
  /// `shape`, then `normalize`.
  void apply(const Picture& picture, std::span<float> out) const;

  /// A preprocessor_config.json that transformers reads the same way, under BitImageProcessor, the
  /// plainest of its classes. Letterboxing has no class there: its file names one of attune's own,
  /// so that nobody reads it as something else.
  Json to_json() const;

 private:
  enum class Resize { none, shortest_edge, exact, letterbox };

  void read(const Json& json, const std::string& source);
  void override_geometry(const ImageProcessorOptions& options);
  void override_values(const ImageProcessorOptions& options);
  void fill_tables();
  CropMode crop_mode() const;
  template <typename Sample>
  Raster<Sample> resized(const Raster<Sample>& image) const;
  float normalized(double value, std::size_t c) const;

  Resize resize_ = Resize::none;
  std::optional<Size> resize_to_;  ///< shortest_edge: both sides are it
  std::optional<Size> crop_;
  bool round_half_even_ = false;  ///< where the middle is: see `center_crop`
  Filter filter_ = Filter::bilinear;
  bool rescale_ = true, normalize_ = true;
  double rescale_factor_ = 1.0 / 255.0;
  std::vector<double> mean_, std_;              ///< by channel
  std::vector<std::array<float, 256>> tables_;  ///< channel, 8-bit sample -> value
};

/// torchvision's evaluation transforms (Resize, CenterCrop, ToTensor, Normalize with ImageNet's
/// mean and deviation) as a preprocessor_config.json.
Json torchvision_preprocessing(std::int64_t resize_size, std::int64_t image_size,
                               Filter filter = Filter::bilinear);

}  // namespace attune
