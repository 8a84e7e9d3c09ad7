// JPEG inside DICOM. libjpeg's own headers come last: they need <cstdio> before them.
#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <sstream>

#include <jerror.h>
#include <jpeglib.h>

#include "attune/base/error.h"
#include "attune/media/medical/dicom/dicom_codecs.h"
#include "attune/media/medical/dicom/gdcm_codec.h"
#include "attune/media/medical/dicom/jpeg_stream.h"

namespace attune {
namespace {

void check_size(const JpegHeader& header, const CodecRequest& request) {
  const auto channels = static_cast<std::int64_t>(header.components.size());
  check(header.height == request.height && header.width == request.width &&
            channels == request.channels && header.precision <= request.bits_allocated,
        ErrorKind::data,
        "{}: its JPEG data hold {} x {} pixels of {} samples of {} bits, but the file states {} x "
        "{} of {} of {}",
        request.name, header.width, header.height, channels, header.precision, request.width,
        request.height, request.channels, request.bits_allocated);
}

CodecResult::Colour stated_colour(const JpegHeader& header) {
  if (header.components.size() != 3) return CodecResult::Colour::unknown;
  const auto is = [&](std::uint8_t r, std::uint8_t g, std::uint8_t b) {
    return header.components[0].id == r && header.components[1].id == g &&
           header.components[2].id == b;
  };
  // As in pydicom ids, JFIF and Adobe markers are believed more than the data set
  // (_conform_jpg_colorspace).
  if (is('R', 'G', 'B') || is('r', 'g', 'b')) return CodecResult::Colour::rgb;
  // Adobe's marker says how libraries transform before the DCT; lossless data have none.
  if (header.adobe_transform && header.frame_marker != 0xC3) {
    return *header.adobe_transform == 0 ? CodecResult::Colour::rgb : CodecResult::Colour::ybr;
  }
  return header.has_jfif ? CodecResult::Colour::ybr : CodecResult::Colour::unknown;
}

struct ErrorHandler {
  jpeg_error_mgr base;  // first: libjpeg knows this part
  std::jmp_buf back;
  std::array<char, JMSG_LENGTH_MAX> text;
};

/// Decodes into `samples` as stored, without a colour transform. Holds nothing that a long jump
/// would leave behind. False where the data are damaged; `handler.text` says how.
bool decode_baseline(DicomBytes bytes, DeepImage& image, std::uint8_t* row, ErrorHandler& handler) {
  jpeg_decompress_struct decoder{};
  decoder.err = jpeg_std_error(&handler.base);
  handler.base.error_exit = [](j_common_ptr common) {
    auto* own = reinterpret_cast<ErrorHandler*>(common->err);
    own->base.format_message(common, own->text.data());
    std::longjmp(own->back, 1);
  };
  handler.base.output_message = [](j_common_ptr) {};
  handler.base.emit_message = [](j_common_ptr common, int level) {
    // Damaged data are no picture to learn from; bytes too many between segments do no harm.
    const bool is_damage = level < 0 && common->err->msg_code != JWRN_EXTRANEOUS_DATA;
    if (is_damage) common->err->error_exit(common);
  };
  if (setjmp(handler.back) != 0) {
    jpeg_destroy_decompress(&decoder);
    return false;
  }
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&decoder, TRUE);
  // libjpeg guesses colours by rules of its own; `is_ybr` decides, and one conversion serves all
  // codecs.
  decoder.jpeg_color_space = decoder.out_color_space = JCS_UNKNOWN;
  decoder.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&decoder);
  const auto row_samples =
      static_cast<std::int64_t>(decoder.output_width) * decoder.output_components;
  while (decoder.output_scanline < decoder.output_height) {
    const std::int64_t y = decoder.output_scanline;
    jpeg_read_scanlines(&decoder, &row, 1);
    std::copy(row, row + row_samples, image.row(y));
  }
  jpeg_finish_decompress(&decoder);
  jpeg_destroy_decompress(&decoder);
  return true;
}

}  // namespace

CodecResult decode_jpeg(DicomBytes bytes, const CodecRequest& request) {
  const JpegHeader header = read_jpeg_header(bytes, request.name);
  check_size(header, request);
  CodecResult result;
  result.colour = stated_colour(header);
  if (header.frame_marker == 0xC3) {
    result.image = decode_lossless_jpeg(bytes, request.name);
    return result;
  }
  check(
      header.frame_marker <= 0xC2, ErrorKind::data,
      "{}: its JPEG data are of process SOF{}, which is not read (baseline, extended, progressive "
      "and lossless with Huffman codes are)",
      request.name, header.frame_marker - 0xC0);
  if (header.precision == 12) {
    result.image = decode_jpeg_12(bytes, request);
    return result;
  }
  check(header.precision == 8, ErrorKind::data,
        "{}: its JPEG data have {} bits a sample, expected 8 or 12", request.name,
        header.precision);
  result.image = DeepImage(request.height, request.width, request.channels);
  std::vector<std::uint8_t> row(static_cast<std::size_t>(request.width * request.channels));
  ErrorHandler handler{};
  check(decode_baseline(bytes, result.image, row.data(), handler), ErrorKind::data,
        "{}: its JPEG data are damaged: {}", request.name, handler.text.data());
  return result;
}

}  // namespace attune
