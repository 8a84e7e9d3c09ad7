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

/// A stored value in the units that windows are stated in.
double rescaled(const DicomInfo& info, std::int32_t stored) {
  return info.modality_lut ? static_cast<double>((*info.modality_lut)[stored])
                           : stored * info.rescale_slope + info.rescale_intercept;
}

bool is_usable(const DicomWindow& window, VoiFunction function) {
  // PS3.3 C.11.2.1.2.1: LINEAR divides by width - 1, and a width of 1 is a threshold; the other
  // functions divide by the width.
  const double least = function == VoiFunction::linear ? 1 : std::numeric_limits<double>::min();
  return std::isfinite(window.center) && std::isfinite(window.width) && window.width >= least;
}

/// The window that is asked for, else the file's first that can be used and is preferred to a VOI
/// LUT.
std::optional<DicomWindow> choose_window(const DicomInfo& info, const WindowOptions& options) {
  const VoiFunction function = info.voi_function;
  if (options.window) {
    check(is_usable(*options.window, function), ErrorKind::user,
          "the window has center {} and width {}, expected a width {}", options.window->center,
          options.window->width, function == VoiFunction::linear ? "of 1 or more" : "above 0");
    return options.window;
  }
  if (info.voi_lut && options.prefer == VoiChoice::lut) return std::nullopt;
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

/// A grey picture whose pixels have the brightness, 0 to 1, that `show` gives a stored value.
template <typename Show>
FloatImage shown(const DeepImage& pixels, const Show& show) {
  FloatImage picture(pixels.height, pixels.width, 1);
  for (std::size_t i = 0; i < picture.samples.size(); ++i) {
    picture.samples[i] = static_cast<float>(std::clamp(show(pixels.samples[i]), 0.0, 1.0) * kWhite);
  }
  return picture;
}

/// Smallest to largest value of what was measured; what is the same everywhere becomes black, and
/// so does padding, whose value may lie on either side of it, or in between behind a rescale.
FloatImage stretched(const DicomImage& image, bool is_inverted) {
  const DicomInfo& info = image.info;
  const auto is_padding = [&](std::int32_t stored) {
    return info.padding && stored >= info.padding->first && stored <= info.padding->second;
  };
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const std::int32_t stored : image.pixels.samples) {
    if (is_padding(stored)) continue;
    const double value = rescaled(info, stored);
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return shown(image.pixels, [&](std::int32_t stored) {
    if (is_padding(stored) || high <= low) return 0.0;
    const double share = (rescaled(info, stored) - low) / (high - low);
    return is_inverted ? 1 - share : share;
  });
}

FloatImage grey_picture(const DicomImage& image, const WindowOptions& options) {
  const DicomInfo& info = image.info;
  // The lowest value is shown white after the VOI transformation (PS3.3 C.7.6.3.1.2).
  const bool is_inverted = info.photometric_interpretation == "MONOCHROME1";
  const auto with = [&](const auto& voi) {
    return shown(image.pixels, [&](std::int32_t stored) {
      const double value = voi(rescaled(info, stored));
      return is_inverted ? 1 - value : value;
    });
  };
  if (const auto window = choose_window(info, options)) {
    return with([&](double value) { return brightness(value, *window, info.voi_function); });
  }
  if (!info.voi_lut) return stretched(image, is_inverted);
  const double most = table_maximum(*info.voi_lut);
  return with([&](double value) {
    // A rescale may lead beyond what a table can be asked for; its ends hold there.
    const double index = std::clamp(std::round(value), -2147483648.0, 2147483647.0);
    return (*info.voi_lut)[static_cast<std::int32_t>(index)] / most;
  });
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
