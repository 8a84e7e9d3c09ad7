#include "attune/data/boxes/reading/picture_header.h"

#include <span>

#include "attune/base/disk/input_file.h"
#include "attune/base/error.h"
#include "attune/data/image/pictures/picture_reader.h"
#include "attune/media/image/decode.h"
#include "attune/media/picture_format.h"

namespace attune {
namespace {

// Behind EXIF data, a thumbnail and a colour profile most headers of JPEG files end.
constexpr std::size_t kHeaderBytes = std::size_t{1} << 16;

PictureHeader header_of(const ImageInfo& info) {
  return {.stored = {info.height, info.width},
          .shown = info.shown_size(),
          .orientation = info.orientation};
}

std::string read_beginning(const fs::path& path) {
  InputFile file(path);
  std::string bytes(kHeaderBytes, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const std::size_t got = file.read(bytes.data() + size, bytes.size() - size);
    if (got == 0) break;
    size += got;
  }
  bytes.resize(size);
  return bytes;
}

std::span<const std::byte> view_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

PictureHeader read_whole(const fs::path& path, const std::string& name) {
  const std::string bytes = read_file(path, kMaxPictureBytes);
  check(!bytes.empty(), ErrorKind::data, "{}: the file is empty", name);
  if (expect_picture_format(view_of(bytes), name) == PictureFormat::image) {
    return header_of(probe_image(view_of(bytes), name));
  }
  const Size size = PictureFile(path).shown_size({});
  return {.stored = size, .shown = size};
}

}  // namespace

PictureHeader read_picture_header(const fs::path& path) {
  const std::string name = path.string();
  try {
    const std::string beginning = read_beginning(path);
    const auto format = detect_image_format(view_of(beginning));
    if (format == ImageFormat::jpeg || format == ImageFormat::png) {
      try {
        return header_of(probe_image(view_of(beginning), name));
      } catch (const Error&) {  // the header is longer, or wrong: the whole file tells
      }
    }
    return read_whole(path, name);
  } catch (const Error& error) {
    const std::string text = error.what();
    const bool is_named = text.starts_with(name + ": ");
    return {.problem = is_named ? text.substr(name.size() + 2) : text};
  }
}

}  // namespace attune
