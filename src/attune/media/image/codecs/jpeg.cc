#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <vector>

#include <jpeglib.h>
// jerror.h needs jpeglib.h before it.
#include <jerror.h>

#include "attune/media/image/codecs/formats.h"
#include "attune/media/image/geometry.h"

namespace attune::image_formats {
namespace {

/// libjpeg's decoder over bytes in memory. Its errors come as longjmp: every call into it goes
/// through `guarded`, whose callable must own nothing that has a destructor.
class JpegReader {
 public:
  explicit JpegReader(const Source& source) : source_(source) {
    decoder_.err = jpeg_std_error(&errors_);
    decoder_.client_data = this;
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    errors_.output_message = [](j_common_ptr) {};
    guarded([this] {
      jpeg_create_decompress(&decoder_);
      jpeg_save_markers(&decoder_, kExifMarker, 0xffff);
      jpeg_mem_src(&decoder_, source_.data(), source_.size());
      jpeg_read_header(&decoder_, TRUE);
    });
    source_.check_size(decoder_.image_height, decoder_.image_width);
    source_.check(decoder_.num_components == 1 || decoder_.num_components == 3 ||
                      decoder_.num_components == 4,
                  "a JPEG of {} components; expected 1, 3 or 4", decoder_.num_components);
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  ImageInfo info() const {
    ImageInfo info;
    info.height = decoder_.image_height;
    info.width = decoder_.image_width;
    info.color = decoder_.num_components == 1   ? ColorModel::grey
                 : decoder_.num_components == 3 ? ColorModel::rgb
                                                : ColorModel::cmyk;
    for (auto marker = decoder_.marker_list; marker != nullptr; marker = marker->next) {
      // APP1 holds XMP as well, which reads as 1.
      const int orientation = exif_orientation({marker->data, marker->data_length});
      if (orientation != 1) info.orientation = orientation;
    }
    return info;
  }

  Image read(const ImageInfo& info) {
    decoder_.out_color_space = info.color == ColorModel::grey  ? JCS_GRAYSCALE
                               : info.color == ColorModel::rgb ? JCS_RGB
                                                               : JCS_CMYK;
    decoder_.dct_method = JDCT_ISLOW;
    if (source_.options.min_size) decoder_.scale_denom = shrink_factor(info);
    progress_.progress_monitor = on_progress;
    decoder_.progress = &progress_;
    guarded([this] { jpeg_start_decompress(&decoder_); });
    Image image(decoder_.output_height, decoder_.output_width, info.channels());
    // With colour at a quarter of the size, libjpeg's partial decode of a shrunk picture differs
    // (736 of 8960 regions tried, 4x1 to 2x4 sampling).
    const bool whole =
        !source_.options.region || decoder_.max_h_samp_factor > 2 || decoder_.max_v_samp_factor > 2;
    const PixelBox region =
        whole ? PixelBox{}
              : scaled_box(stored_region(info), {info.height, info.width}, image.size());
    guarded([this, &image, &region, whole] {
      if (whole) {
        read_rows(image, 0, decoder_.output_height);
        // For a region it would insist on the rows below (JERR_TOO_LITTLE_DATA); destroying frees
        // as much.
        jpeg_finish_decompress(&decoder_);
      } else {
        read_region(image, region);
      }
    });
    // Adobe's convention, which Pillow takes for granted: CMYK is stored inverted.
    if (info.color == ColorModel::cmyk) {
      for (std::uint8_t& sample : image.samples) sample = static_cast<std::uint8_t>(255 - sample);
    }
    return image;
  }

 private:
  static constexpr int kExifMarker = JPEG_APP0 + 1;
  static constexpr JDIMENSION kRows = 16;
  static constexpr int kMaxScans = 500;  // each costs a pass over the whole picture

  /// The next rows, up to `end`, from column `left` on.
  void read_rows(Image& image, JDIMENSION left, JDIMENSION end) {
    while (decoder_.output_scanline < end) {
      std::array<JSAMPROW, kRows> rows;
      const JDIMENSION first = decoder_.output_scanline;
      const JDIMENSION count = std::min<JDIMENSION>(kRows, end - first);
      for (JDIMENSION i = 0; i < count; ++i) rows[i] = image.row(first + i) + left * image.channels;
      jpeg_read_scanlines(&decoder_, rows.data(), count);
    }
  }

  /// One block more is read on either side: at the edge of what is decoded the upsampling of colour
  /// lacks a neighbour.
  void read_region(Image& image, const PixelBox& box) {
    const std::int64_t margin = decoder_.max_h_samp_factor * decoder_.min_DCT_scaled_size;
    const std::int64_t right = std::min(image.width, box.left + box.width + margin);
    auto left = static_cast<JDIMENSION>(std::max<std::int64_t>(0, box.left - margin));
    auto width = static_cast<JDIMENSION>(right - left);
    jpeg_crop_scanline(&decoder_, &left, &width);  // moves `left` to the start of a block
    if (box.top > 0) jpeg_skip_scanlines(&decoder_, static_cast<JDIMENSION>(box.top));
    read_rows(image, left, static_cast<JDIMENSION>(box.top + box.height));
  }

  /// The region in pixels of the picture as stored.
  PixelBox stored_region(const ImageInfo& info) const {
    PixelBox box = *source_.options.region;
    const int orientation = source_.options.apply_orientation ? info.orientation : 1;
    if (orientation >= 5) {
      std::swap(box.top, box.left);
      std::swap(box.height, box.width);
    }
    source_.check(box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1 &&
                      box.top <= info.height - box.height && box.left <= info.width - box.width,
                  "the region of {} x {} pixels at {}, {} is not inside the picture",
                  source_.options.region->width, source_.options.region->height,
                  source_.options.region->left, source_.options.region->top);
    // `apply_orientation` backwards, by orientation 1 to 8.
    constexpr std::array<bool, 9> mirrors_columns = {0, 0, 1, 1, 0, 0, 0, 1, 1};
    constexpr std::array<bool, 9> mirrors_rows = {0, 0, 0, 1, 1, 0, 1, 1, 0};
    const auto i = static_cast<std::size_t>(orientation);
    if (mirrors_columns[i]) box.left = info.width - box.left - box.width;
    if (mirrors_rows[i]) box.top = info.height - box.top - box.height;
    return box;
  }

  struct Decoder : jpeg_decompress_struct {
    Decoder() : jpeg_decompress_struct{} {}
    ~Decoder() { jpeg_destroy_decompress(this); }
  };

  template <typename Call>
  void guarded(Call call) {
    if (setjmp(jump_) != 0) source_.fail("{}", message_.data());
    call();
  }

  static JpegReader& self(j_common_ptr common) {
    return *static_cast<JpegReader*>(common->client_data);
  }

  [[noreturn]] static void stop(j_common_ptr common, const char* what) {
    JpegReader& reader = self(common);
    std::array<char, JMSG_LENGTH_MAX> reason{};
    common->err->format_message(common, reason.data());
    std::snprintf(reader.message_.data(), reader.message_.size(), "%s (libjpeg: %s)", what,
                  reason.data());
    std::longjmp(reader.jump_, 1);
  }

  static void on_error(j_common_ptr common) { stop(common, "the JPEG is damaged"); }

  /// Warnings after which samples are made up are errors; others (stray bytes, odd markers) pass.
  static void on_message(j_common_ptr common, int level) {
    if (level >= 0) return;
    switch (common->err->msg_code) {
      case JWRN_JPEG_EOF:
        stop(common, "the JPEG is cut off");
      case JWRN_HIT_MARKER:
      case JWRN_HUFF_BAD_CODE:
      case JWRN_ARITH_BAD_CODE:
      case JWRN_MUST_RESYNC:
        stop(common, "the JPEG is damaged");
      default:
        break;
    }
  }

  static void on_progress(j_common_ptr common) {
    // libjpeg calls it for each part of a pass, so that a small file of endless scans is stopped
    // before long.
    if (!common->is_decompressor) return;
    if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number <= kMaxScans) return;
    JpegReader& reader = self(common);
    std::snprintf(reader.message_.data(), reader.message_.size(),
                  "a progressive JPEG of more than %d scans", kMaxScans);
    std::longjmp(reader.jump_, 1);
  }

  /// Largest of 8, 4, 2, 1 by which both sides may be divided.
  unsigned shrink_factor(const ImageInfo& info) const {
    Size least = *source_.options.min_size;
    if (source_.options.apply_orientation && info.orientation >= 5) {
      std::swap(least.height, least.width);
    }
    source_.check(least.height >= 1 && least.width >= 1,
                  "min_size is {} x {}; expected at least 1 x 1", least.width, least.height);
    // The scales of JpegImageFile.draft, chosen as there.
    const auto factor = std::min(info.height / least.height, info.width / least.width);
    return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
  }

  const Source& source_;
  Decoder decoder_;
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_{};
  std::array<char, JMSG_LENGTH_MAX + 64> message_{};
};

}  // namespace

ImageInfo probe_jpeg(const Source& source) {
  return JpegReader(source).info();
}

DecodedImage decode_jpeg(const Source& source) {
  JpegReader reader(source);
  const ImageInfo info = reader.info();
  return {info, reader.read(info)};
}

}  // namespace attune::image_formats
