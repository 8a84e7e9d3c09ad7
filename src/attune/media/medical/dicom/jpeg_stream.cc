#include "attune/media/medical/dicom/jpeg_stream.h"

#include <string_view>

#include "attune/base/error.h"

namespace attune {
namespace {

std::uint32_t byte_at(DicomBytes bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]);
}

std::uint32_t short_at(DicomBytes bytes, std::size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

/// T.81, table B.1: SOF0 to SOF15 but for DHT, JPG and DAC among them; 0xF7 is the SOF55 of JPEG-LS
/// (T.87).
bool is_frame_header(std::uint32_t marker) {
  if (marker == 0xF7) return true;
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

void read_frame(DicomBytes segment, std::uint32_t marker, JpegHeader& header,
                const std::string& name) {
  check(segment.size() >= 6 && segment.size() >= 6 + 3 * byte_at(segment, 5), ErrorKind::data,
        "{}: the frame header of its JPEG data is cut off", name);
  // Hierarchical JPEG has several; DICOM has no transfer syntax for it any more.
  check(header.components.empty(), ErrorKind::data, "{}: its JPEG data have two frame headers",
        name);
  header.frame_marker = static_cast<std::uint8_t>(marker);
  header.precision = static_cast<std::int32_t>(byte_at(segment, 0));
  header.height = short_at(segment, 1);
  header.width = short_at(segment, 3);
  for (std::size_t i = 0; i < byte_at(segment, 5); ++i) {
    const std::uint32_t sampling = byte_at(segment, 7 + 3 * i);
    header.components.push_back({static_cast<std::uint8_t>(byte_at(segment, 6 + 3 * i)),
                                 static_cast<std::uint8_t>(sampling >> 4),
                                 static_cast<std::uint8_t>(sampling & 15)});
  }
  check(!header.components.empty(), ErrorKind::data, "{}: its JPEG data have no component", name);
}

}  // namespace

JpegHeader read_jpeg_header(DicomBytes bytes, const std::string& name) {
  check(bytes.size() >= 4 && short_at(bytes, 0) == 0xFFD8, ErrorKind::data,
        "{}: its pixel data do not start as JPEG does", name);
  JpegHeader header;
  std::size_t at = 2;
  while (at + 4 <= bytes.size()) {
    check(byte_at(bytes, at) == 0xFF, ErrorKind::data,
          "{}: no marker at byte {} of its JPEG data; they are damaged", name, at);
    const std::uint32_t marker = byte_at(bytes, at + 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xDA) {
      check(!header.components.empty(), ErrorKind::data,
            "{}: its JPEG data have a scan before the frame header", name);
      header.scan = at;
      return header;
    }
    // SOI, EOI and restart markers have no length to walk by, and no place before the first scan.
    check(marker >= 0xC0 && (marker < 0xD0 || marker > 0xD9), ErrorKind::data,
          "{}: marker 0xFF{:02X} where a header is due in its JPEG data", name, marker);
    const std::size_t length = short_at(bytes, at + 2);
    check(length >= 2 && length <= bytes.size() - at - 2, ErrorKind::data,
          "{}: a segment of its JPEG data runs beyond the end; they are cut off", name);
    const DicomBytes segment = bytes.subspan(at + 4, length - 2);
    const std::string_view text(reinterpret_cast<const char*>(segment.data()), segment.size());
    if (is_frame_header(marker)) read_frame(segment, marker, header, name);
    if (marker == 0xE0 && text.starts_with("JFIF")) header.has_jfif = true;
    if (marker == 0xEE && text.starts_with("Adobe") && text.size() >= 12) {
      // 0: RGB, 1: YCbCr, 2: YCCK.
      header.adobe_transform = static_cast<std::uint8_t>(text[11]);
    }
    at += 2 + length;
  }
  fail(ErrorKind::data, "{}: its JPEG data end before the first scan; they are cut off", name);
}

}  // namespace attune
