#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/files.h"
#include "attune/media/image/image.h"
#include "attune/media/memory_budget.h"

namespace attune {

// DICOM pictures (PS3.3 C.7.6.3, C.11; PS3.5 sections 7, 8, annex A). The data set is parsed here,
// with every length checked; GDCM decodes what is compressed as JPEG, JPEG-LS or JPEG 2000.

/// Part of the value range that is shown: `width` values around `center`.
struct DicomWindow {
  double center = 0, width = 0;

  bool operator==(const DicomWindow&) const = default;
};

/// How a window maps values to brightness (PS3.3 C.11.2.1.2 and .3).
enum class VoiFunction { linear, linear_exact, sigmoid };

/// Modality LUT, VOI LUT or one colour of a palette: value v becomes `entries[v - first]`; values
/// beyond an end take that end's entry.
struct DicomTable {
  std::int32_t first = 0;
  std::int32_t bits = 16;  ///< of an entry
  std::vector<std::uint16_t> entries;

  std::uint16_t operator[](std::int32_t value) const;
};

struct DicomInfo {
  std::int64_t height = 0, width = 0, channels = 1, frames = 1;
  std::int32_t bits_allocated = 0, bits_stored = 0, high_bit = 0;
  bool is_signed = false;
  std::string transfer_syntax;       ///< UID, e.g. "1.2.840.10008.1.2.1"
  std::string transfer_syntax_name;  ///< "Explicit VR Little Endian"
  std::string photometric_interpretation;
  std::string modality, patient_id;  ///< "" where the file does not say
  double rescale_slope = 1, rescale_intercept = 0;
  std::vector<DicomWindow> windows;  ///< as they are stated; NaN for what is no number
  VoiFunction voi_function = VoiFunction::linear;
  std::optional<DicomTable> modality_lut, voi_lut;
  /// Lowest and highest stored value that is no measurement but fills the picture up (PS3.3
  /// C.7.5.1.1.2: Pixel Padding Value, to Pixel Padding Range Limit where there is one).
  std::optional<std::pair<std::int32_t, std::int32_t>> padding;
  std::vector<DicomTable> palette;  ///< red, green, blue of PALETTE COLOR
};

struct DicomImage {
  DicomInfo info;
  /// Exactly the stored values, sign extended from `bits_stored`; YBR converted to RGB by the full
  /// range matrix of PS3.3 C.7.6.3.1.2, palette indices left as they are. Equal to what pydicom's
  /// `pixel_array` holds (lossy JPEG: as far as two decoders agree).
  DeepImage pixels;
};

struct DicomOptions {
  /// Which frame of several, from 0. Without it a file of several frames is refused.
  std::optional<std::int64_t> frame = {};
  /// Told before they are taken: the bytes of an inflated data set, then those of the picture.
  ReserveMemory reserve = {};
};

/// Throws `data` where the bytes are no DICOM file, it holds no picture (reports, structures), the
/// picture is larger than 178,956,970 pixels, cut off, in a transfer syntax that is not read
/// (video, JPIP, HTJ2K ...), deflated to less than a part of `kMostExpansion` or has several frames
/// and none is asked for; `user` where the frame does not exist. `name` is for messages. Nothing is
/// printed; files with patient data are not logged.
DicomImage read_dicom(std::span<const std::byte> bytes, const std::string& name,
                      const DicomOptions& options = {});
/// The same of a file; `io` where it cannot be read, `data` above 4 GiB.
DicomImage read_dicom(const fs::path& path, const DicomOptions& options = {});

/// What the file says of its picture, which is not decoded.
DicomInfo read_dicom_info(std::span<const std::byte> bytes, const std::string& name,
                          const ReserveMemory& reserve = {});

/// Whom a file shows; "" where it does not say.
struct DicomIdentity {
  std::string patient;  ///< PatientID (0010,0020)
  std::string study;    ///< StudyInstanceUID (0020,000D)
};

/// Reads no more of the file than its beginning. Throws `data` as `read_dicom` where that is
/// damaged.
DicomIdentity read_dicom_identity(std::span<const std::byte> bytes, const std::string& name);

/// Gives every frame in turn to `take`; `info` is that of the first. The file is taken apart once.
/// Throws as `read_dicom`, and before the first frame where there cannot be as many as are stated.
DicomInfo read_dicom_frames(
    std::span<const std::byte> bytes, const std::string& name,
    const std::function<void(const DicomInfo& info, const DeepImage& pixels)>& take);

/// Whether the bytes start as a DICOM file does ("DICM" behind 128 bytes).
bool looks_like_dicom(std::span<const std::byte> bytes);

/// What is shown of a file that has both a VOI LUT and a window.
enum class VoiChoice { lut, window };
constexpr auto enum_names(VoiChoice) {
  return std::to_array<std::pair<VoiChoice, std::string_view>>(
      {{VoiChoice::lut, "lut"}, {VoiChoice::window, "window"}});
}

struct WindowOptions {
  /// What to show, in the units behind the modality rescale (Hounsfield units for CT). Default: the
  /// file's VOI LUT, else its first window that can be used (the other way round with `prefer`),
  /// else the picture's smallest to largest value. A window of the file that is no number or
  /// narrower than its function allows (a width of 0 is what some devices write for "none") is
  /// passed over; pydicom refuses such files.
  std::optional<DicomWindow> window = {};
  VoiChoice prefer = VoiChoice::lut;  ///< pydicom's default (apply_voi_lut, prefer_lut)
};

/// The picture as a viewer shows it, on the scale of 0 to 255 without rounding: modality rescale or
/// LUT, VOI window or LUT, MONOCHROME1 inverted (1 channel); palette applied, colour scaled by its
/// bits (3 channels). Padding takes no part in a smallest and largest value and is black beside
/// them; a window or table is applied to it as pydicom does. A picture of one value alone is black.
/// Throws `user` where the window that is asked for is narrower than its
/// function allows, `data` where a palette lacks a table; the caller knows the file's name.
FloatImage to_picture(const DicomImage& image, const WindowOptions& options = {});

}  // namespace attune
