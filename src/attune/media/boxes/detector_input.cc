#include "attune/media/boxes/detector_input.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include "attune/base/error.h"
#include "attune/config/field.h"
#include "attune/media/image/stretch.h"

namespace attune {
namespace {

constexpr const char* kTypeKey = "image_processor_type";
constexpr const char* kType = "AttuneDetectorInput";
constexpr std::int64_t kMaxSide = 1 << 14;

Box moved(const Box& box, double scale_x, double scale_y, double left, double top) {
  return {box.left * scale_x + left, box.top * scale_y + top, box.right * scale_x + left,
          box.bottom * scale_y + top};
}

std::int64_t whole(double length, bool rounds_down) {
  // A hair below a whole number is the rounding of the ratio, not of the side.
  const double value = rounds_down ? std::floor(length + 1e-9) : std::round(length);
  return std::max<std::int64_t>(static_cast<std::int64_t>(value), 1);
}

/// The part of the input that the picture covers.
PixelBox covered(const DetectorInput& input, Size picture) {
  if (input.framing == Framing::stretch) return {0, 0, input.size.height, input.size.width};
  const double ratio =
      std::min(static_cast<double>(input.size.height) / static_cast<double>(picture.height),
               static_cast<double>(input.size.width) / static_cast<double>(picture.width));
  PixelBox part;
  part.height = std::min(whole(static_cast<double>(picture.height) * ratio, input.rounds_down),
                         input.size.height);
  part.width = std::min(whole(static_cast<double>(picture.width) * ratio, input.rounds_down),
                        input.size.width);
  if (input.framing == Framing::letterbox) {
    // Of an odd border the greater half lies below and to the right.
    part.top = (input.size.height - part.height) / 2;
    part.left = (input.size.width - part.width) / 2;
  }
  return part;
}

template <typename Sample>
void fill(const Raster<Sample>& framed, const PixelBox& part, const DetectorInput& input,
          std::span<float> out) {
  const std::int64_t plane = input.size.height * input.size.width;
  const auto pad = static_cast<float>(input.pad * input.scale);
  if (part.height != input.size.height || part.width != input.size.width) {
    std::fill(out.begin(), out.end(), pad);
  }
  const auto scale = static_cast<float>(input.scale);
  for (std::int64_t c = 0; c < input.channels; ++c) {
    const std::int64_t from = input.bgr ? input.channels - 1 - c : c;
    for (std::int64_t y = 0; y < part.height; ++y) {
      const Sample* row = framed.row(y) + from;
      float* target = out.data() + c * plane + (part.top + y) * input.size.width + part.left;
      for (std::int64_t x = 0; x < part.width; ++x) {
        target[x] = static_cast<float>(row[x * input.channels]) * scale;
      }
    }
  }
}

// Fields of the file, each as the struct's own member; `what` says what is allowed.
class Fields {
 public:
  Fields(const Json& json, const std::string& source) : json_(json), source_(source) {}

  template <typename T, typename Allowed>
  void read(const char* name, T& value, const char* what, const Allowed& allowed) const {
    const auto found = json_.find(name);
    if (found == json_.end()) return;
    T read{};
    const bool ok = config::convert::read(*found, read) && allowed(read);
    check(ok, ErrorKind::data, "{}: \"{}\" is {}, expected {}", source_, name,
          dump_json_line(*found), what);
    value = read;
  }

 private:
  const Json& json_;
  const std::string& source_;
};

}  // namespace

Box Placement::to_input(const Box& box) const {
  return moved(box, scale_x, scale_y, left, top);
}

Box Placement::to_picture(const Box& box) const {
  return moved(box, 1 / scale_x, 1 / scale_y, -left / scale_x, -top / scale_y);
}

// Where the picture keeps its shape one ratio serves both sides, though their lengths were rounded:
// so it is in YOLOX and where letterboxes come from.
Placement DetectorInput::placement(Size picture) const {
  check(picture.height >= 1 && picture.width >= 1, ErrorKind::data,
        "an empty picture cannot be a detector's input");
  const PixelBox part = covered(*this, picture);
  const double across = static_cast<double>(size.width) / static_cast<double>(picture.width);
  const double down = static_cast<double>(size.height) / static_cast<double>(picture.height);
  if (framing == Framing::stretch) return {across, down, 0, 0};
  const double ratio = std::min(across, down);
  return {ratio, ratio, static_cast<double>(part.left), static_cast<double>(part.top)};
}

Placement DetectorInput::prepare(const Picture& picture, std::span<float> out) const {
  check(std::ssize(out) == channels * size.height * size.width, ErrorKind::internal,
        "a detector's input of {} x {} x {} was given room for {} values", channels, size.height,
        size.width, out.size());
  return std::visit(
      [&](const auto& image) {
        const Placement place = placement(image.size());
        check(image.channels == channels, ErrorKind::internal,
              "a picture of {} channels for a detector that takes {}", image.channels, channels);
        const PixelBox part = covered(*this, image.size());
        const Size side{part.height, part.width};
        if (stretch == StretchKind::corners) {
          fill(stretch_corners(image, side), part, *this, out);
        } else {
          fill(stretch_opencv(image, side), part, *this, out);
        }
        return place;
      },
      picture);
}

Json DetectorInput::to_json() const {
  return {{kTypeKey, kType},
          {"height", size.height},
          {"width", size.width},
          {"framing", config::enum_name(framing)},
          {"stretch", config::enum_name(stretch)},
          {"rounds_down", rounds_down},
          {"pad", pad},
          {"channels", channels},
          {"bgr", bgr},
          {"scale", scale}};
}

DetectorInput DetectorInput::from_json(const Json& json, const std::string& source) {
  check(json.is_object() && json.contains(kTypeKey) && json.at(kTypeKey) == kType, ErrorKind::data,
        "{}: \"{}\" is not {}: it does not say how pictures are prepared for a detector", source,
        kTypeKey, kType);
  DetectorInput input;
  const Fields fields(json, source);
  const auto is_side = [](std::int64_t side) { return side >= 1 && side <= kMaxSide; };
  const auto is_any = [](const auto&) { return true; };
  fields.read("height", input.size.height, "1 to 16384", is_side);
  fields.read("width", input.size.width, "1 to 16384", is_side);
  fields.read("framing", input.framing, "stretch, letterbox or letterbox_corner", is_any);
  fields.read("stretch", input.stretch, "opencv or corners", is_any);
  fields.read("rounds_down", input.rounds_down, "true or false", is_any);
  fields.read("pad", input.pad, "0 to 255",
              [](double level) { return level >= 0 && level <= 255; });
  fields.read("channels", input.channels, "1 or 3",
              [](std::int64_t count) { return count == 1 || count == 3; });
  fields.read("bgr", input.bgr, "true or false", is_any);
  fields.read("scale", input.scale, "a number above 0",
              [](double factor) { return factor > 0 && factor <= 1e6; });
  return input;
}

}  // namespace attune
