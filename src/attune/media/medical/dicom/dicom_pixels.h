#pragma once

#include <cstdint>
#include <string>

#include "attune/media/medical/dicom/dicom.h"
#include "attune/media/medical/dicom/dicom_elements.h"

namespace attune {

/// The stored values of one frame. Requires `info` as `read_dicom_info` checks it; throws `data`
/// where bytes are missing or damaged.
DeepImage decode_dicom_frame(const DicomElements& elements, const DicomInfo& info,
                             std::int64_t frame, const std::string& name);

/// Throws `data` where the pixel data are too few for the frames that `info` states. Nothing is
/// decoded: single frames may be damaged still.
void check_has_frames(const DicomElements& elements, const DicomInfo& info,
                      const std::string& name);

/// YBR_FULL to RGB, 8 bits, in place (PS3.3 C.7.6.3.1.2; rounded as pydicom does).
void convert_ybr_to_rgb(DeepImage& image);

/// `value` cut to its `bits` low bits, the highest of them a sign where `is_signed`.
inline std::int32_t keep_bits(std::uint32_t value, std::int32_t bits, bool is_signed) {
  const int shift = 32 - bits;
  if (is_signed) return static_cast<std::int32_t>(value << shift) >> shift;
  return static_cast<std::int32_t>(value << shift >> shift);
}

}  // namespace attune
