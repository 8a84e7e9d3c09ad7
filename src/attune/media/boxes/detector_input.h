#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "attune/base/json.h"
#include "attune/media/boxes/box.h"
#include "attune/media/image/image.h"

namespace attune {

/// How a picture of any shape becomes a detector's input: distorted, or as large as fits in, in the
/// middle or in the top left corner.
enum class Framing { stretch, letterbox, letterbox_corner };

constexpr auto enum_names(Framing) {
  return std::to_array<std::pair<Framing, std::string_view>>(
      {{Framing::stretch, "stretch"},
       {Framing::letterbox, "letterbox"},
       {Framing::letterbox_corner, "letterbox_corner"}});
}

/// The resize (media/image/stretch.h): sample centres on half pixels as OpenCV has them, or the
/// corner samples upon each other.
enum class StretchKind { opencv, corners };

constexpr auto enum_names(StretchKind) {
  return std::to_array<std::pair<StretchKind, std::string_view>>(
      {{StretchKind::opencv, "opencv"}, {StretchKind::corners, "corners"}});
}

/// Of a picture's pixel (x, y) to the input's (x * scale_x + left, y * scale_y + top).
struct Placement {
  double scale_x = 1, scale_y = 1, left = 0, top = 0;

  Box to_input(const Box& box) const;
  Box to_picture(const Box& box) const;
};

/// What a picture goes through before a detector sees it, by value. A detector must be used as it
/// was trained: with another resize or order of channels its boxes still look plausible.
struct DetectorInput {
  Size size = {640, 640};
  Framing framing = Framing::stretch;
  StretchKind stretch = StretchKind::opencv;
  /// Of letterboxed sides, and of the border where it is halved: cut, else to the nearest.
  bool rounds_down = false;
  double pad = 114;           ///< the border's value, on the scale of samples (0 to 255)
  std::int64_t channels = 3;  ///< or 1, grey
  bool bgr = false;           ///< order of the channels
  double scale = 1.0 / 255;   ///< by which samples are multiplied

  /// Where a picture of that size comes to lie.
  Placement placement(Size picture) const;

  /// Resizes, frames and scales: `out` receives float [channels, height, width]. Throws `data`
  /// where the picture is empty, `internal` where it has another number of channels or `out`
  /// another size.
  Placement prepare(const Picture& picture, std::span<float> out) const;

  /// In the form of a preprocessor_config.json, under a type of attune's own, so that nobody else
  /// reads it as something else.
  Json to_json() const;
  /// What to_json wrote. Throws `data`, naming `source` and the field.
  static DetectorInput from_json(const Json& json, const std::string& source);

  bool operator==(const DetectorInput&) const = default;
};

}  // namespace attune
