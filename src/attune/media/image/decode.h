#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "attune/media/image/image.h"
#include "attune/media/memory_budget.h"

namespace attune {

enum class ImageFormat { jpeg, png, webp, tiff, bmp, gif, pnm };
std::string_view format_name(ImageFormat format);  ///< "JPEG", "PNG", ...

/// What the channels of a decoded file mean. Palettes are expanded while decoding, bilevel and 2-
/// or 4-bit greys scaled to 0..255, so these remain. CMYK is 0 = no ink.
enum class ColorModel { grey, grey_alpha, rgb, rgb_alpha, cmyk };
std::string_view color_model_name(ColorModel model);  ///< "grey", "grey+alpha", ...
std::int64_t channel_count(ColorModel model);

/// What a file's headers say.
struct ImageInfo {
  ImageFormat format = ImageFormat::png;
  std::int64_t height = 0, width = 0;  ///< as stored, before orientation
  ColorModel color = ColorModel::rgb;
  std::int64_t bits = 8;       ///< of a sample in the file: 1, 2, 4, 8 or 16 (palette: of an index)
  bool palette = false;        ///< samples of the file are indices; `color` is of its entries
  std::int32_t white = 65535;  ///< of 16 bits: the value of the lightest sample
  int orientation = 1;         ///< EXIF tag 0x0112, 1..8; 1 where there is none
  std::int64_t pages = 1;      ///< pictures in a TIFF file, frames of an animated WebP or GIF
  bool mislabelled = false;    ///< the name's extension is of another picture format

  std::int64_t channels() const { return channel_count(color); }
  /// Size as shown, with the orientation applied.
  Size shown_size() const;
};

struct DecodeOptions {
  /// Turns and mirrors the picture as its EXIF orientation says. Pillow, torchvision and Hugging
  /// Face leave a picture as stored: false gives their pixels.
  bool apply_orientation = true;
  /// JPEG alone: lets the decoder shrink by 2, 4 or 8 while each side of the picture as shown stays
  /// at least as long as this (DCT scaling, Pillow's `draft`). Faster; not the same pixels as
  /// decoding in full and resizing.
  std::optional<Size> min_size;
  /// JPEG alone: only this part of the picture in full size, as it comes out, is needed. Its pixels
  /// are those of a whole decode; those around it are unspecified. Faster: what lies beside and
  /// above it is hardly turned into pixels, what comes below is not read (so damage there stays
  /// unseen).
  std::optional<PixelBox> region;
  /// Told before anything is allocated how much the picture takes; may be empty.
  ReserveMemory reserve = {};
  /// Pictures beyond either are refused before anything is allocated (decompression bombs).
  std::int64_t max_side = 16'384;
  std::int64_t max_pixels = 178'956'970;  ///< Pillow's MAX_IMAGE_PIXELS times two
};

/// Exact samples: `Image` for files of at most 8 bits, `DeepImage` for 16 bits. They have
/// `info.channels()` channels (2 and 4 too, see `ColorModel`).
struct DecodedImage {
  ImageInfo info;
  std::variant<Image, DeepImage> samples;

  bool deep() const { return samples.index() == 1; }
};

/// Format by content, never by `name`; null where the bytes are of none of them.
std::optional<ImageFormat> detect_image_format(std::span<const std::byte> bytes);

/// What names of files of these formats end in: ".jpg", ".png" ...
std::span<const std::string_view> image_extensions();

/// Whether `name` ends in a picture's extension (".jpg", ".PNG", ...).
bool has_image_extension(std::string_view name);

/// Reads headers only. Throws `data` as `decode_image` does.
ImageInfo probe_image(std::span<const std::byte> bytes, const std::string& name,
                      const DecodeOptions& options = {});

/// Decodes JPEG (grey, YCbCr, RGB, CMYK, YCCK; baseline and progressive), PNG (1 to 16 bits), WebP,
/// TIFF (1, 4, 8 and 16 bits; one page), BMP, PBM, PGM, PPM and the first frame of a GIF or
/// animated WebP, with the samples of Pillow. `name` is for messages and for `mislabelled`. Throws
/// `data`, naming file and reason, where the bytes are empty, cut off, damaged, too large or of an
/// unsupported kind.
DecodedImage decode_image(std::span<const std::byte> bytes, const std::string& name,
                          const DecodeOptions& options = {});

/// As Pillow's `convert("RGB")`: alpha dropped, grey repeated, CMYK multiplied out. Requires 8
/// bits.
Image convert_rgb(DecodedImage decoded);
/// As Pillow's `convert("L")`: ITU-R 601-2 luma in 16-bit fixed point. Requires 8 bits.
Image convert_grey(DecodedImage decoded);

/// Lowest and highest value of a deep picture that are shown, black and white.
using ValueRange = std::pair<double, double>;

/// The picture with 3 or 1 channels: 8 bits by the two above, 16 bits as floats times
/// 255/`info.white` (the luma of those without rounding), or with `range`, in the file's values,
/// from 0 at its lower end to 255 at its upper one and clipped. Pictures of 8 bits have no use for
/// a range. Throws `user` where the range is empty.
Picture to_picture(DecodedImage decoded, std::int64_t channels,
                   const std::optional<ValueRange>& range = {});

/// 8 bits for people: floats rounded and clipped.
Image to_image(Picture picture);

}  // namespace attune
