#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/media/image/image.h"
#include "attune/media/medical/dicom/dicom_elements.h"

namespace attune {

/// What a JPEG or JPEG-LS stream says of itself before its first scan.
struct JpegHeader {
  std::uint8_t frame_marker = 0;  ///< SOFn: 0xC0 baseline ... 0xC3 lossless, 0xF7 JPEG-LS
  std::int32_t precision = 0;
  std::int64_t height = 0, width = 0;
  struct Component {
    std::uint8_t id = 0, horizontal = 1, vertical = 1;
  };
  std::vector<Component> components;
  bool has_jfif = false;
  std::optional<std::uint8_t> adobe_transform;
  std::size_t scan = 0;  ///< where the first SOS marker lies
};

/// Walks the marker segments. Throws `data` where there is no frame and scan header in `bytes` or a
/// segment runs beyond the end.
JpegHeader read_jpeg_header(DicomBytes bytes, const std::string& name);

/// Lossless JPEG with Huffman codes (ITU-T T.81, annex H), as 1.2.840.10008.1.2.4.57 and .70 hold
/// it: components of full size, 2 to 16 bits, all seven predictors, restart intervals of whole
/// rows. Throws `data` for anything else and where the data end early.
DeepImage decode_lossless_jpeg(DicomBytes bytes, const std::string& name);

}  // namespace attune
