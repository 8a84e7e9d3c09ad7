#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace attune {

/// Which reader a picture's file needs: image/decode.h, medical/dicom.h or medical/nifti.h.
enum class PictureFormat { image, dicom, nifti };

/// "a DICOM file", "a NIfTI file", "a picture (JPEG, PNG, ...)": what was expected, for messages.
std::string_view picture_format_text(PictureFormat format);

/// By content, of which the first 512 bytes are enough; gzip says nothing of what it holds, so that
/// "x.nii.gz" is told by its name. Null where the bytes are of none.
std::optional<PictureFormat> detect_picture_format(std::span<const std::byte> bytes,
                                                   std::string_view name);

/// The same; of bytes of no format what the name says, else `image`: that reader tells what is
/// wrong.
PictureFormat expect_picture_format(std::span<const std::byte> bytes, std::string_view name);

/// What names of pictures in a folder end in, of all formats: whatever looks for pictures goes by
/// this list. It is torchvision's (IMG_EXTENSIONS, which lack .gif) with .jfif, .jpe, .pbm, .pnm,
/// DICOM and NIfTI.
std::span<const std::string_view> picture_endings();

/// By the name alone, in any case.
std::optional<PictureFormat> picture_format_of_name(std::string_view name);

}  // namespace attune
