#include "attune/media/image/decode.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/media/image/encode.h"

namespace attune {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string picture_file(const std::string& name) {
  return read_file(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/image/pictures" / name, 1 << 20);
}

DecodedImage decode(const std::string& bytes, const std::string& name = "a/picture",
                    const DecodeOptions& options = {}) {
  return decode_image(std::as_bytes(std::span(bytes)), name, options);
}

/// Message of the `data` error that decoding throws, "" where it throws none.
std::string problem(const std::string& bytes, const DecodeOptions& options = {}) {
  try {
    decode(bytes, "a/picture", options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THAT(error.what(), testing::StartsWith("a/picture: "));
    return error.what();
  }
  return "";
}

const char* const kOneOfEach[] = {
    "rgb_420.jpg",    "progressive.jpg", "cmyk.jpg",         "rgb.png",       "palette.png",
    "interlaced.png", "rgb_16.png",      "lossy.webp",       "lossless.webp", "alpha.webp",
    "animated.webp",  "rgb_raw.tif",     "rgb_tiff_lzw.tif", "tiled.tif",     "rgb.bmp",
    "palette_4.bmp",  "palette.gif"};

TEST(DecodeImage, NamesFilesThatAreNoPictures) {
  EXPECT_THAT(problem(""), HasSubstr("the file is empty"));
  EXPECT_THAT(problem("<html>not found</html>"), HasSubstr("not a picture"));
  EXPECT_THAT(problem("\x89PNG"), HasSubstr("not a picture"));
}

TEST(DecodeImage, GoesByContentAndTellsAWrongExtension) {
  const std::string jpeg = picture_file("grey.jpg");
  const DecodedImage decoded = decode(jpeg, "x/photo.PNG");
  EXPECT_EQ(decoded.info.format, ImageFormat::jpeg);
  EXPECT_TRUE(decoded.info.mislabelled);
  EXPECT_FALSE(decode(jpeg, "photo.jpeg").info.mislabelled);
  EXPECT_FALSE(decode(jpeg, "photo").info.mislabelled);
  EXPECT_TRUE(has_image_extension("a.b/c.TIFF"));
  EXPECT_FALSE(has_image_extension("notes.txt"));
}

/// Every prefix of every file is an error, and is never read beyond its end (see asan).
TEST(DecodeImage, RefusesFilesThatAreCutOff) {
  for (const char* name : kOneOfEach) {
    const std::string bytes = picture_file(name);
    ASSERT_EQ(problem(bytes), "") << name;
    // A GIF's first frame is whole before its trailer; a TIFF's directory is last, so its end is
    // read first.
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / 60);
    const std::size_t end = bytes.size() - (std::string_view(name).ends_with(".gif") ? 8 : 0);
    for (std::size_t size = 1; size < end; size += step) {
      EXPECT_NE(problem(bytes.substr(0, size)), "") << name << " cut to " << size;
    }
    if (!std::string_view(name).ends_with(".gif")) {
      EXPECT_NE(problem(bytes.substr(0, bytes.size() - 1)), "") << name << " without its last byte";
    }
  }
}

/// Damage of any kind gives a picture or a `data` error, never a crash.
TEST(DecodeImage, SurvivesFlippedBytes) {
  for (const char* name : kOneOfEach) {
    const std::string bytes = picture_file(name);
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / 150);
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x5a);
      problem(damaged, {.max_pixels = 1 << 20});
    }
  }
}

TEST(DecodeImage, RefusesWhatIsTooLargeBeforeAllocating) {
  std::string png = encode_png(Image(20, 30, 1));
  EXPECT_THAT(problem(png, {.max_side = 25}), AllOf(HasSubstr("30 x 20"), HasSubstr("25 a side")));
  EXPECT_THAT(problem(png, {.max_pixels = 599}), HasSubstr("599 in all"));
  EXPECT_EQ(problem(png, {.max_side = 30, .max_pixels = 600}), "");

  std::string bmp = picture_file("rgb.bmp");
  bmp.replace(18, 8, std::string("\x20\x4e\x00\x00\x20\x4e\x00\x00", 8));  // 20,000 x 20,000
  EXPECT_THAT(problem(bmp), AllOf(HasSubstr("20,000 x 20,000"), HasSubstr("16,384 a side"),
                                  HasSubstr("178,956,970 in all")));
}

/// Of one RGB pixel, but its header says 16,384 x `height`.
std::string png_that_claims(std::uint32_t height) {
  std::string png = encode_png(Image(1, 1, 3));
  const std::string size = {
      0, 0, 0x40, 0, 0, 0, static_cast<char>(height >> 8 & 255), static_cast<char>(height & 255)};
  png.replace(16, 8, size);
  const std::string header = png.substr(12, 17);
  std::uint32_t crc = 0xffffffffu;
  for (const char byte : header) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  crc = ~crc;
  for (int k = 0; k < 4; ++k)
    png[static_cast<std::size_t>(29 + k)] = static_cast<char>(crc >> (24 - 8 * k));
  return png;
}

TEST(DecodeImage, RefusesASmallPngThatClaimsToBeLarge) {
  EXPECT_THAT(problem(png_that_claims(1000)), HasSubstr("cannot be in"));
}

TEST(DecodeImage, IgnoresThePaletteOfABmpWithoutIndices) {
  const std::string plain = picture_file("rgb.bmp");
  std::string bmp = plain;
  bmp.replace(46, 4, "\xff\xff\xff\x7f");  // colours that an 8-bit screen might prefer
  EXPECT_EQ(convert_rgb(decode(bmp)), convert_rgb(decode(plain)));
}

/// A row of pixels with bit fields, in a file whose header has 40 or 56 bytes.
std::string bit_field_bmp(std::uint16_t bits, std::uint16_t width, std::uint32_t header_size,
                          const std::array<std::uint32_t, 4>& masks, const std::string& pixels) {
  std::string file = "BM" + std::string(12, '\0');
  const auto add = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file += static_cast<char>(value >> 8 * i & 0xff);
  };
  add(header_size, 4);
  add(width, 4);
  add(1, 4);
  add(1, 2);
  add(bits, 2);
  add(3, 4);  // BI_BITFIELDS
  file += std::string(20, '\0');
  for (std::size_t i = 0; i < (header_size == 40 ? 3U : 4U); ++i) add(masks[i], 4);
  file[10] = static_cast<char>(file.size());
  return file + pixels;
}

TEST(DecodeImage, ReadsBitFieldsOfABmpAsPillow) {
  const std::string pixels = "\x0a\x14\x1e\x28\x32\x3c\x46\x50";
  for (const std::uint32_t header_size : {40U, 56U}) {
    // Pillow 12.2 reads 32 bits without any mask as BGRA.
    const auto four =
        std::get<Image>(decode(bit_field_bmp(32, 2, header_size, {}, pixels)).samples);
    EXPECT_THAT(four.samples, ElementsAre(30, 20, 10, 40, 70, 60, 50, 80));
    const auto three = std::get<Image>(
        decode(bit_field_bmp(24, 2, header_size, {0xff0000, 0xff00, 0xff}, pixels)).samples);
    EXPECT_THAT(three.samples, ElementsAre(30, 20, 10, 60, 50, 40));
  }
}

TEST(DecodeImage, RefusesBitFieldsOfABmpThatLeaveAColourOut) {
  const std::string pixels(8, '\x50');
  EXPECT_THAT(problem(bit_field_bmp(32, 2, 40, {0xff0000, 0xff00}, pixels)),
              HasSubstr("without a bit field for blue"));
  EXPECT_THAT(problem(bit_field_bmp(16, 2, 40, {}, pixels)), HasSubstr("bit field for red"));
  EXPECT_THAT(problem(bit_field_bmp(24, 2, 40, {0xff, 0xff00, 0xff0000}, pixels)),
              HasSubstr("other than blue, green and red bytes"));
}

TEST(DecodeImage, RefusesPagesAndFormsItDoesNotRead) {
  const std::string pages = picture_file("pages.tif");
  EXPECT_THAT(problem(pages), HasSubstr("a TIFF of 2 pages"));
  EXPECT_EQ(probe_image(std::as_bytes(std::span(pages)), "pages.tif").pages, 2);
  std::string bmp = picture_file("palette.bmp");
  bmp[30] = 1;
  EXPECT_THAT(problem(bmp), HasSubstr("run-length"));
}

TEST(DecodeImage, TurnsPicturesOnlyWhereAsked) {
  const std::string bytes = picture_file("orientation_6.jpg");
  const DecodedImage shown = decode(bytes);
  const DecodedImage stored = decode(bytes, "x", {.apply_orientation = false});
  const Image& turned = std::get<Image>(shown.samples);
  const Image& plain = std::get<Image>(stored.samples);
  EXPECT_EQ(turned.size(), (Size{plain.width, plain.height}));
  EXPECT_EQ(shown.info.shown_size(), turned.size());
  // Orientation 6: the stored first row is the right-most column.
  for (std::int64_t x = 0; x < plain.width; ++x) {
    EXPECT_EQ(plain.row(0)[3 * x], turned.row(x)[3 * (turned.width - 1)]);
  }
}

TEST(DecodeImage, KeepsSixteenBits) {
  const DecodedImage decoded = decode(picture_file("rgb_16.png"));
  ASSERT_TRUE(decoded.deep());
  const DeepImage& deep = std::get<DeepImage>(decoded.samples);
  const Picture picture = to_picture(decoded, 3);
  const FloatImage& image = std::get<FloatImage>(picture);
  for (std::size_t i = 0; i < deep.samples.size(); ++i) {
    EXPECT_FLOAT_EQ(image.samples[i], static_cast<float>(deep.samples[i]) * 255.0f / 65535.0f);
  }
  EXPECT_EQ(std::get<FloatImage>(to_picture(decoded, 1)).channels, 1);
  EXPECT_THROW(convert_rgb(decoded), Error);
  EXPECT_EQ(to_image(picture).samples[0], static_cast<std::uint8_t>(image.samples[0] + 0.5f));
}

TEST(EncodeImage, ReadsBackWhatItWrote) {
  Image image(17, 23, 3);
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(i / 5);
  }
  EXPECT_EQ(convert_rgb(decode(encode_png(image))), image);
  const Image read = convert_rgb(decode(encode_jpeg(image, 98)));
  double error = 0;
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    error += std::abs(image.samples[i] - read.samples[i]);
  }
  EXPECT_LT(error / static_cast<double>(image.samples.size()), 4);
  Image grey(3, 5, 1);
  grey.samples = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  const DecodedImage decoded = decode(encode_png(grey));
  EXPECT_EQ(std::get<Image>(decoded.samples), grey);
  EXPECT_THROW(encode_png(Image(2, 2, 4)), Error);
  EXPECT_THROW(encode_jpeg(grey, 0), Error);
}

TEST(DecodeImage, ReadsPortableMaps) {
  // Samples as Pillow 12 gives them.
  const auto grey = [](const std::string& bytes) { return std::get<Image>(decode(bytes).samples); };
  using testing::ElementsAre;
  EXPECT_THAT(grey("P5\n# a comment\n2 2\n255\n\x01\x02\x03\x04").samples, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(grey("P2 3 1 10 1 3 10\n").samples, ElementsAre(26, 76, 255));
  EXPECT_THAT(grey("P4 9 1\n\x80\x80").samples,
              ElementsAre(0, 255, 255, 255, 255, 255, 255, 255, 0));
  EXPECT_THAT(grey("P1 3 1 1 0#\n1").samples, ElementsAre(0, 255, 0));
  const Image rgb = grey("P6 1 1 255 \x07\x08\x09");
  EXPECT_EQ(rgb.channels, 3);
  EXPECT_THAT(rgb.samples, ElementsAre(7, 8, 9));
  EXPECT_THAT(grey("P3 1 1 255 7 8 9").samples, ElementsAre(7, 8, 9));
  // What a scanner of 12 bits writes: white is the largest value that is stated.
  const DecodedImage deep = decode("P5 2 1 4095\n" + std::string("\x0f\xff\x00\x10", 4));
  ASSERT_TRUE(deep.deep());
  EXPECT_THAT(std::get<DeepImage>(deep.samples).samples, ElementsAre(4095, 16));
  EXPECT_THAT(std::get<FloatImage>(to_picture(deep, 1)).samples,
              ElementsAre(255, testing::FloatNear(16 * 255.F / 4095, 1e-5F)));
  EXPECT_FALSE(decode("P5 1 1 255 x", "a.pgm").info.mislabelled);
}

TEST(DecodeImage, RefusesDamagedPortableMaps) {
  EXPECT_THAT(problem("P5 2 2 255 abc"), HasSubstr("cut off: 2 x 2 pixels need 4 bytes, 3"));
  EXPECT_THAT(problem("P6 9999 9999 255 abc"), HasSubstr("cut off"));
  EXPECT_THAT(problem("P5 0 2 255 abc"), HasSubstr("0 x 2"));
  EXPECT_THAT(problem("P5 2 x 255 abc"), HasSubstr("expected a number"));
  EXPECT_THAT(problem("P2 2 1 10 11 1"), HasSubstr("up to 10"));
  EXPECT_THAT(problem("P5 2 1 70000 abcd"), HasSubstr("up to 65535"));
  EXPECT_THAT(problem("P5 2 1 0 abcd"), HasSubstr("largest value is 0"));
  EXPECT_THAT(problem("P1 2 1 2 1"), HasSubstr("expected 0 or 1"));
  EXPECT_THAT(problem("P5 2"), HasSubstr("cut off"));
}

TEST(DecodeImage, RefusesDecompressionBombs) {
  // 16,384 x 10,000 pixels of three channels in half a megabyte: deflate could do that.
  std::string png = png_that_claims(10'000);
  png.resize(500'000, 'x');
  EXPECT_THAT(
      problem(png),
      HasSubstr("decompression bomb (more than 200 times a file is refused from 256.0 MiB on)"));
}

TEST(DecodeImage, AsksForItsMemory) {
  std::vector<std::uint64_t> asked;
  const auto reserve = [&](std::uint64_t bytes) { asked.push_back(bytes); };
  const DecodedImage decoded = decode(picture_file("rgb.png"), "x", {.reserve = reserve});
  const auto samples = static_cast<std::uint64_t>(decoded.info.height * decoded.info.width * 3);
  EXPECT_THAT(asked, testing::ElementsAre(2 * samples));
}

}  // namespace
}  // namespace attune
