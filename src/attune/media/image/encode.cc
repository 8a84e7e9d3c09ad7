#include "attune/media/image/encode.h"

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include <jpeglib.h>
#include <png.h>

#include "attune/base/error.h"

namespace attune {
namespace {

void check_image(const Image& image) {
  check(!image.empty() && (image.channels == 1 || image.channels == 3), ErrorKind::internal,
        "a picture of {} x {} pixels and {} channels cannot be written; expected 1 or 3 channels",
        image.width, image.height, image.channels);
}

struct JpegWriter : jpeg_compress_struct {
  jpeg_error_mgr errors{};
  std::jmp_buf jump{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  JpegWriter() : jpeg_compress_struct{} {
    err = jpeg_std_error(&errors);
    client_data = this;
    errors.output_message = [](j_common_ptr) {};
    errors.error_exit = [](j_common_ptr common) {
      auto& writer = *static_cast<JpegWriter*>(common->client_data);
      common->err->format_message(common, writer.message.data());
      std::longjmp(writer.jump, 1);
    };
  }
  ~JpegWriter() {
    jpeg_destroy_compress(this);
    std::free(bytes);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  /// libjpeg leaves it by longjmp: nothing here may own what has a destructor.
  bool write(const Image& image, int quality) {
    if (setjmp(jump) != 0) return false;
    jpeg_create_compress(this);
    jpeg_mem_dest(this, &bytes, &size);
    image_width = static_cast<JDIMENSION>(image.width);
    image_height = static_cast<JDIMENSION>(image.height);
    input_components = static_cast<int>(image.channels);
    in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(this);
    // TRUE holds the tables to 8 bits, so that every decoder reads the file.
    jpeg_set_quality(this, quality, TRUE);
    // Huffman codes made for this picture: smaller, for one more pass over its coefficients.
    optimize_coding = TRUE;
    jpeg_start_compress(this, TRUE);
    while (next_scanline < image_height) {
      JSAMPROW row = const_cast<JSAMPROW>(image.row(next_scanline));
      jpeg_write_scanlines(this, &row, 1);
    }
    jpeg_finish_compress(this);
    return true;
  }
};

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  check_image(image);
  check(quality >= 1 && quality <= 100, ErrorKind::internal, "JPEG quality {}; expected 1 to 100",
        quality);
  JpegWriter writer;
  check(writer.write(image, quality), ErrorKind::internal, "cannot write a JPEG: {}",
        writer.message.data());
  return {reinterpret_cast<const char*>(writer.bytes), writer.size};
}

std::string encode_png(const Image& image) {
  check_image(image);
  png_image header{};  // libpng's simplified interface reports by return codes
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  const int ok =
      png_image_write_to_memory(&header, bytes.data(), &size, 0, image.samples.data(), 0, nullptr);
  check(ok != 0, ErrorKind::internal, "cannot write a PNG: {}", header.message);
  bytes.resize(size);
  return bytes;
}

}  // namespace attune
