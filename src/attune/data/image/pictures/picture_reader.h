#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/data/image/image_dataset.h"
#include "attune/data/source_traits.h"
#include "attune/media/image/decode.h"
#include "attune/media/medical/dicom/dicom.h"
#include "attune/media/medical/nifti.h"
#include "attune/media/memory_budget.h"
#include "attune/media/picture_format.h"

namespace attune {

struct PictureOptions {
  std::int64_t channels = 3;  ///< 1 or 3, of what is read
  /// Turn pictures as their EXIF orientation says. Pillow, torchvision and transformers do not.
  bool apply_orientation = true;
  /// The window to show of pictures of more than 8 bits. DICOM: default the file's own. NIfTI:
  /// default percentiles. 16-bit PNG and TIFF: default all of 0 to 65535, in the file's values.
  std::optional<DicomWindow> window = {};
  VoiChoice prefer = VoiChoice::lut;  ///< of DICOM files with a VOI LUT and a window
  /// NIfTI volumes: which slice; default: the middle axial one. Its `channel` and `window` are not
  /// used.
  SliceOptions slice = {};
  /// DICOM of several frames, NIfTI of several volumes (time points): which one, from 0. Without
  /// it such a file is refused.
  std::optional<std::int64_t> frame = {};
  /// Memory that is shared with whoever else decodes by these options; null: the standard one.
  std::shared_ptr<MemoryBudget> memory = {};
};

/// What the file of a picture is, as far as options depend on it; by its first bytes, or its name
/// where they cannot be read. "": a picture of arrays. None where the file is no picture that can
/// be decoded: whoever decodes it says why.
std::optional<config::Trait> picture_trait(const std::string& path);

/// A larger file is none of a picture.
inline constexpr std::uint64_t kMaxPictureBytes = 1ULL << 30;

/// How a file has its pixels, before they are brought to the channels and bits that are asked for.
struct PictureMode {
  ColorModel color = ColorModel::rgb;
  bool is_deep = false;  ///< 16 bits
  auto operator<=>(const PictureMode&) const = default;
};
std::string mode_name(const PictureMode& mode);  ///< "RGB", "grey of 16 bits", ...

/// A file's picture and what its headers say.
struct ReadPicture {
  Picture picture;
  bool is_mislabelled = false;           ///< named as another format than it is
  std::optional<PictureMode> mode = {};  ///< none of DICOM and NIfTI
};

/// A picture's file in memory, format known by its content.
class PictureFile {
 public:
  /// Throws `io` where the file cannot be read, `data` where it is empty.
  explicit PictureFile(const fs::path& path);

  const std::string& name() const { return name_; }
  /// Whether samples may be finer than 8 bits, by headers alone.
  bool is_deep() const;
  /// The picture; `part` says what of a JPEG need not be decoded (`min_size`, `region`). Takes
  /// its memory of the options' budget, and waits where others have it. Throws `data`, naming the
  /// file.
  ReadPicture read(const PictureOptions& options, DecodeOptions part = {}) const;
  Picture decode(const PictureOptions& options, DecodeOptions part = {}) const {
    return read(options, std::move(part)).picture;
  }
  /// Height and width as shown, from headers alone.
  Size shown_size(const PictureOptions& options) const;

 private:
  ReadPicture read_known(const PictureOptions& options, DecodeOptions part,
                         const ReserveMemory& reserve) const;
  Size known_size(const PictureOptions& options, const ReserveMemory& reserve) const;

  std::string name_;
  std::string bytes_;
  PictureFormat format_ = PictureFormat::image;
};

/// The picture of an example: from its file or block.
Picture read_picture(const ImageDataset& dataset, std::int64_t example,
                     const PictureOptions& options);

/// Grey repeated, or the luma of colours (ITU-R 601-2). Requires 1 or 3 channels on both sides.
Picture with_channels(Picture picture, std::int64_t channels);

Size size_of(const Picture& picture);
/// Whether samples are finer than 8 bits.
inline bool is_deep(const Picture& picture) {
  return std::holds_alternative<FloatImage>(picture);
}

/// SHA-256 of size, channels and samples: equal for the same pixels, whatever the file.
std::string pixel_hash(const Picture& picture);

}  // namespace attune
