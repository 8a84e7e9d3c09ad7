#pragma once

#include <cstdint>
#include <string>

#include "attune/media/image/image.h"
#include "attune/media/medical/dicom/dicom_elements.h"

namespace attune {

/// What the compressed picture must be, as the data set says; a stream that says otherwise is
/// refused before memory is taken for it.
struct CodecRequest {
  std::int64_t height = 0, width = 0, channels = 1;
  std::int32_t bits_allocated = 0;
  std::string name;  ///< of the file, for messages
};

/// What a codec gives back.
struct CodecResult {
  DeepImage image;
  /// Bits of a sample where the stream decides (JPEG-LS, JPEG 2000), 0 where the data set does.
  std::int32_t precision = 0;
  /// What the stream itself says of its colours; `unknown`: it does not.
  enum class Colour { unknown, rgb, ybr } colour = Colour::unknown;
};

/// PS3.5 annex G.
CodecResult decode_rle(DicomBytes bytes, const CodecRequest& request);
/// ITU-T T.81: baseline, extended and progressive of 8 bits (libjpeg), extended of 12 bits (GDCM),
/// lossless (own). Samples are as stored: YCbCr stays YCbCr.
CodecResult decode_jpeg(DicomBytes bytes, const CodecRequest& request);
/// ITU-T T.87, GDCM.
CodecResult decode_jpeg_ls(DicomBytes bytes, const CodecRequest& request);
/// ITU-T T.800, GDCM. Its colour transforms are undone: samples are RGB where it has any.
CodecResult decode_jpeg_2000(DicomBytes bytes, const CodecRequest& request);

}  // namespace attune
