#include "attune/media/picture_format.h"

#include <string>
#include <utility>
#include <vector>

#include "attune/base/text/strings.h"
#include "attune/media/image/decode.h"
#include "attune/media/medical/dicom/dicom.h"
#include "attune/media/medical/nifti.h"

namespace attune {
namespace {

constexpr std::pair<std::string_view, PictureFormat> kMedicalEndings[] = {
    {".dcm", PictureFormat::dicom},
    {".dicom", PictureFormat::dicom},
    {".nii", PictureFormat::nifti},
    {".nii.gz", PictureFormat::nifti},
};

}  // namespace

std::string_view picture_format_text(PictureFormat format) {
  switch (format) {
    case PictureFormat::dicom:
      return "a DICOM file";
    case PictureFormat::nifti:
      return "a NIfTI file";
    case PictureFormat::image:
      break;
  }
  return "a picture (JPEG, PNG, WebP, TIFF, BMP, GIF or PGM/PPM)";
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

std::span<const std::string_view> picture_endings() {
  static const std::vector<std::string_view> kEndings = [] {
    std::vector<std::string_view> endings;
    for (const std::string_view ending : image_extensions()) {
      // torchvision's IMG_EXTENSIONS lack it: data sets hold such as "imageNotFound.gif".
      if (ending != ".gif") endings.push_back(ending);
    }
    for (const auto& [ending, format] : kMedicalEndings) endings.push_back(ending);
    return endings;
  }();
  return kEndings;
}

std::optional<PictureFormat> picture_format_of_name(std::string_view name) {
  const std::string lower = to_lower_ascii(name);
  for (const auto& [ending, format] : kMedicalEndings) {
    if (lower.ends_with(ending)) return format;
  }
  return has_image_extension(name) ? std::optional(PictureFormat::image) : std::nullopt;
}

}  // namespace attune
