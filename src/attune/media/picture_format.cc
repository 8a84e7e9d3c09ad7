#include "attune/media/picture_format.h"

#include <string>

#include "attune/base/text/strings.h"
#include "attune/media/image/decode.h"
#include "attune/media/medical/dicom/dicom.h"
#include "attune/media/medical/nifti.h"

namespace attune {

std::string_view picture_format_text(PictureFormat format) {
  switch (format) {
    case PictureFormat::dicom:
      return "a DICOM file";
    case PictureFormat::nifti:
      return "a NIfTI file";
    case PictureFormat::image:
      break;
  }
  return "a picture (JPEG, PNG, WebP, TIFF, BMP or GIF)";
}

std::optional<PictureFormat> detect_picture_format(std::span<const std::byte> bytes,
                                                   std::string_view name) {
  // First: the 128 bytes before "DICM" are free for use, by a TIFF header for example (PS3.10,
  // 7.1).
  if (looks_like_dicom(bytes)) return PictureFormat::dicom;
  if (looks_like_nifti(bytes) || to_lower_ascii(name).ends_with(".nii.gz")) {
    return PictureFormat::nifti;
  }
  return detect_image_format(bytes) ? std::optional(PictureFormat::image) : std::nullopt;
}

PictureFormat expect_picture_format(std::span<const std::byte> bytes, std::string_view name) {
  if (const auto known = detect_picture_format(bytes, name)) return *known;
  return picture_format_of_name(name).value_or(PictureFormat::image);
}

std::optional<PictureFormat> picture_format_of_name(std::string_view name) {
  const std::string lower = to_lower_ascii(name);
  if (lower.ends_with(".dcm") || lower.ends_with(".dicom")) return PictureFormat::dicom;
  if (lower.ends_with(".nii") || lower.ends_with(".nii.gz")) return PictureFormat::nifti;
  return has_image_extension(name) ? std::optional(PictureFormat::image) : std::nullopt;
}

}  // namespace attune
