// Pictures from hostile bytes, every format by content: a picture or a `data` error, bounded
// memory, and headers that agree with what is decoded.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "attune/base/error.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/resize.h"

namespace {

void read(std::span<const std::byte> bytes, const attune::DecodeOptions& options) {
  const attune::ImageInfo info = attune::probe_image(bytes, "fuzz.png", options);
  const attune::DecodedImage decoded = attune::decode_image(bytes, "fuzz.png", options);
  if (decoded.info.height != info.height || decoded.info.width != info.width) std::abort();
  const attune::Picture picture = attune::to_picture(decoded, 3);
  const attune::Size size = std::visit([](const auto& image) { return image.size(); }, picture);
  if (!options.min_size && !(size == info.shown_size())) std::abort();
  attune::to_image(attune::resize(picture, {7, 5}, attune::Filter::bilinear));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  attune::DecodeOptions options;
  options.max_pixels = 1 << 18;
  if (data[0] & 1) options.min_size = attune::Size{9, 9};
  if (data[0] & 2) options.region = attune::PixelBox{1, 2, 3, 4};
  try {
    read(std::as_bytes(std::span(data + 1, size - 1)), options);
  } catch (const attune::Error& error) {
    if (error.kind() != attune::ErrorKind::data) std::abort();
  }
  return 0;
}
