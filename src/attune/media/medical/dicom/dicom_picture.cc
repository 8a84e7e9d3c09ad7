// From stored values to brightness: the grayscale pipeline of PS3.3 C.11 and PS3.4 annex N.2.
#include <algorithm>
#include <cmath>
#include <limits>

#include "attune/base/error.h"
#include "attune/media/medical/dicom/dicom.h"

namespace attune {
namespace {

constexpr double kWhite = 255;

double table_maximum(const DicomTable& table) {
  return std::ldexp(1.0, table.bits) - 1;
}

/// The picture's values in the units that windows are stated in.
std::vector<double> rescaled(const DicomImage& image) {
  const DicomInfo& info = image.info;
  std::vector<double> values;
  values.reserve(image.pixels.samples.size());
  for (const std::int32_t stored : image.pixels.samples) {
    values.push_back(info.modality_lut ? static_cast<double>((*info.modality_lut)[stored])
                                       : stored * info.rescale_slope + info.rescale_intercept);
  }
  return values;
}

bool is_usable(const DicomWindow& window, VoiFunction function) {
  // PS3.3 C.11.2.1.2.1: LINEAR divides by width - 1, and a width of 1 is a threshold; the other
  // functions divide by the width.
  const double least = function == VoiFunction::linear ? 1 : std::numeric_limits<double>::min();
  return std::isfinite(window.center) && std::isfinite(window.width) && window.width >= least;
}

/// The window that is asked for, else the file's first that can be used.
std::optional<DicomWindow> choose_window(const DicomInfo& info, const WindowOptions& options) {
  const VoiFunction function = info.voi_function;
  if (options.window) {
    check(is_usable(*options.window, function), ErrorKind::user,
          "the window has center {} and width {}, expected a width {}", options.window->center,
          options.window->width, function == VoiFunction::linear ? "of 1 or more" : "above 0");
    return options.window;
  }
  for (const DicomWindow& window : info.windows) {
    if (is_usable(window, function)) return window;
  }
  return std::nullopt;
}

/// Brightness 0 to 1 of a value (PS3.3 C.11.2.1.2.1, C.11.2.1.3.1 and C.11.2.1.3.2).
double brightness(double value, const DicomWindow& window, VoiFunction function) {
  if (function == VoiFunction::sigmoid) {
    return 1 / (1 + std::exp(-4 * (value - window.center) / window.width));
  }
  const bool is_linear = function == VoiFunction::linear;
  const double center = is_linear ? window.center - 0.5 : window.center;
  const double width = is_linear ? window.width - 1 : window.width;
  if (value <= center - width / 2) return 0;
  if (value > center + width / 2) return 1;
  return (value - center) / width + 0.5;
}

/// Smallest to largest value; what is the same everywhere becomes black.
void stretch(std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double first = *low, range = *high - *low;
  for (double& value : values) value = range > 0 ? (value - first) / range : 0;
}

FloatImage grey_picture(const DicomImage& image, const WindowOptions& options) {
  const DicomInfo& info = image.info;
  std::vector<double> values = rescaled(image);
  if (const auto window = choose_window(info, options)) {
    for (double& value : values) value = brightness(value, *window, info.voi_function);
  } else if (info.voi_lut) {
    const double most = table_maximum(*info.voi_lut);
    for (double& value : values) {
      // A rescale may lead beyond what a table can be asked for; its ends hold there.
      const double index = std::clamp(std::round(value), -2147483648.0, 2147483647.0);
      value = (*info.voi_lut)[static_cast<std::int32_t>(index)] / most;
    }
  } else {
    stretch(values);
  }
  // Last: the lowest value is shown white after the VOI transformation (PS3.3 C.7.6.3.1.2).
  const bool is_inverted = info.photometric_interpretation == "MONOCHROME1";
  FloatImage picture(image.pixels.height, image.pixels.width, 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = std::clamp(is_inverted ? 1 - values[i] : values[i], 0.0, 1.0);
    picture.samples[i] = static_cast<float>(value * kWhite);
  }
  return picture;
}

FloatImage palette_picture(const DicomImage& image) {
  const auto& palette = image.info.palette;
  check(palette.size() == 3, ErrorKind::data,
        "the palette has {} tables, expected red, green and blue; segmented palettes are not read",
        palette.size());
  FloatImage picture(image.pixels.height, image.pixels.width, 3);
  for (std::size_t i = 0; i < image.pixels.samples.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const double entry = palette[c][image.pixels.samples[i]];
      picture.samples[3 * i + c] =
          static_cast<float>(std::min(1.0, entry / table_maximum(palette[c])) * kWhite);
    }
  }
  return picture;
}

}  // namespace

FloatImage to_picture(const DicomImage& image, const WindowOptions& options) {
  if (image.info.photometric_interpretation == "PALETTE COLOR") return palette_picture(image);
  if (image.pixels.channels == 1) return grey_picture(image, options);
  const auto scale = static_cast<float>(kWhite / (std::ldexp(1.0, image.info.bits_stored) - 1));
  FloatImage picture(image.pixels.height, image.pixels.width, image.pixels.channels);
  std::transform(image.pixels.samples.begin(), image.pixels.samples.end(), picture.samples.begin(),
                 [&](std::int32_t value) { return static_cast<float>(value) * scale; });
  return picture;
}

}  // namespace attune
