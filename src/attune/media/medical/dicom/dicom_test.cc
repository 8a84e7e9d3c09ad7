#include "attune/media/medical/dicom/dicom.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/media/medical/dicom/dicom_pixels.h"
#include "attune/media/medical/dicom/jpeg_stream.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Builds a file in explicit little endian encoding, element by element.
class Writer {
 public:
  explicit Writer(const std::string& syntax = "1.2.840.10008.1.2.1") : bytes_(128, '\0') {
    bytes_ += "DICM";
    text(0x00020010, "UI", syntax);
  }
  Writer& raw(std::uint32_t tag, const char* vr, std::string value) {
    if (value.size() % 2 == 1) value.push_back(vr[0] == 'U' || vr[0] == 'O' ? '\0' : ' ');
    header(tag, vr, static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
    return *this;
  }
  Writer& text(std::uint32_t tag, const char* vr, const std::string& value) {
    return raw(tag, vr, value);
  }
  Writer& shorts(std::uint32_t tag, std::vector<int> values, const char* vr = "US") {
    std::string value;
    for (const int v : values) value += word(v);
    return raw(tag, vr, value);
  }
  Writer& header(std::uint32_t tag, const std::string& vr, std::uint32_t length) {
    bytes_ += word(static_cast<int>(tag >> 16)) + word(static_cast<int>(tag & 0xFFFF)) + vr;
    const bool is_long = vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN";
    if (is_long) bytes_ += word(0);
    bytes_ += word(static_cast<int>(length & 0xFFFF));
    if (is_long) bytes_ += word(static_cast<int>(length >> 16));
    return *this;
  }
  Writer& append(const std::string& more) {
    bytes_ += more;
    return *this;
  }
  static std::string word(int value) {
    return {static_cast<char>(value & 255), static_cast<char>(value >> 8 & 255)};
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

Writer picture_of(int height, int width, int bits = 8,
                  const std::string& syntax = "1.2.840.10008.1.2.1") {
  Writer writer(syntax);
  writer.shorts(0x00280002, {1}).text(0x00280004, "CS", "MONOCHROME2");
  writer.shorts(0x00280010, {height}).shorts(0x00280011, {width});
  writer.shorts(0x00280100, {bits}).shorts(0x00280101, {bits}).shorts(0x00280102, {bits - 1});
  return writer.shorts(0x00280103, {0});
}

std::span<const std::byte> view(const std::string& bytes) {
  return std::as_bytes(std::span(bytes));
}

DicomImage read(const Writer& writer, const DicomOptions& options = {}) {
  return read_dicom(view(writer.bytes()), "x.dcm", options);
}

std::string dicom_error(const Writer& writer, const DicomOptions& options = {}) {
  return error_of([&] { read(writer, options); });
}

const std::string kItem("\xFE\xFF\x00\xE0", 4), kEnd("\xFE\xFF\xDD\xE0\0\0\0\0", 8);

std::string fragment(const std::string& bytes) {
  const auto size = static_cast<int>(bytes.size());
  return kItem + Writer::word(size & 0xFFFF) + Writer::word(size >> 16) + bytes;
}

TEST(Dicom, ReadsWhatIsThere) {
  auto writer = picture_of(2, 3);
  writer.raw(0x7FE00010, "OB", "\x01\x02\x03\x04\x05\xFF");
  const DicomImage image = read(writer);
  EXPECT_THAT(image.pixels.samples, ElementsAre(1, 2, 3, 4, 5, 255));
  EXPECT_EQ(image.info.transfer_syntax_name, "Explicit VR Little Endian");
  EXPECT_EQ(image.info.bits_stored, 8);
  EXPECT_TRUE(looks_like_dicom(view(writer.bytes())));
  EXPECT_FALSE(looks_like_dicom(view("no")));
}

TEST(Dicom, SkipsSequencesOfAnyShape) {
  Writer writer;
  writer.header(0x00081140, "SQ", 0xFFFFFFFF);
  const std::string inner = Writer::word(0x10) + Writer::word(0x20) + "LO" + Writer::word(2) + "ab";
  writer.append(fragment(inner));
  writer.append(kItem + "\xFF\xFF\xFF\xFF" + inner + std::string("\xFE\xFF\x0D\xE0\0\0\0\0", 8));
  writer.append(kEnd);
  writer.text(0x00100020, "LO", "real one");
  writer.shorts(0x00280010, {1}).shorts(0x00280011, {1}).shorts(0x00280100, {8});
  writer.text(0x00280004, "CS", "MONOCHROME2").raw(0x7FE00010, "OB", "\x07");
  const DicomImage image = read(writer);
  EXPECT_EQ(image.info.patient_id, "real one");
  EXPECT_THAT(image.pixels.samples, ElementsAre(7));
}

TEST(Dicom, RefusesWhatIsNoPicture) {
  try {
    read_dicom(view("hello"), "x.dcm");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("x.dcm: not a DICOM file"));
  }
  EXPECT_THAT(dicom_error(Writer().text(0x00080060, "CS", "SR")),
              HasSubstr("x.dcm: the file holds no picture (no pixel data); its modality is SR"));
  EXPECT_THAT(dicom_error(Writer("1.2.840.10008.1.2.4.102")), HasSubstr("is not read (video"));
  EXPECT_THAT(dicom_error(Writer("1.2.840.113619.5.2")),
              HasSubstr("transfer syntax 1.2.840.113619"));
}

TEST(Dicom, AsksForAFrameOfSeveral) {
  auto writer = picture_of(1, 2);
  writer.text(0x00280008, "IS", "2").raw(0x7FE00010, "OB", "\x01\x02\x03\x04");
  EXPECT_THAT(dicom_error(writer), HasSubstr("x.dcm: the file has 2 frames, expected one"));
  EXPECT_THAT(read(writer, {.frame = 1}).pixels.samples, ElementsAre(3, 4));
  EXPECT_THAT(dicom_error(writer, {.frame = 2}),
              HasSubstr("frame 2 is asked for, but the file has 2"));
}

/// A sequence of one item; both have a length.
std::string sequence(std::uint32_t tag, const std::string& item) {
  const auto size = static_cast<std::uint32_t>(8 + item.size());
  const Writer head = Writer().header(tag, "SQ", size);
  return head.bytes().substr(Writer().bytes().size()) + fragment(item);
}

std::string decimal(std::uint32_t tag, const std::string& value) {
  return Writer().text(tag, "DS", value).bytes().substr(Writer().bytes().size());
}

TEST(Dicom, ReadsTheFunctionalGroupsOfOneFrameToo) {
  const std::string rescale = decimal(0x00281052, "-1024") + decimal(0x00281053, "2");
  const std::string window = decimal(0x00281050, "-1021") + decimal(0x00281051, "1");
  auto writer = picture_of(1, 2, 16);
  writer.append(sequence(0x52009229, sequence(0x00289145, rescale)));
  writer.append(sequence(0x52009230, sequence(0x00289132, window)));
  const DicomImage image = read(writer.raw(0x7FE00010, "OW", std::string("\1\0\2\0", 4)));
  EXPECT_EQ(image.info.rescale_slope, 2);
  EXPECT_EQ(image.info.rescale_intercept, -1024);
  EXPECT_THAT(image.info.windows, ElementsAre(DicomWindow{-1021, 1}));
  EXPECT_THAT(to_picture(image).samples, ElementsAre(0, 255));
}

TEST(Dicom, GivesAllFramesInTurn) {
  const auto values_of = [](const Writer& writer) {
    std::vector<std::int32_t> values;
    const auto take = [&](const DicomInfo& info, const DeepImage& pixels) {
      EXPECT_EQ(info.frames, 3);
      values.insert(values.end(), pixels.samples.begin(), pixels.samples.end());
    };
    read_dicom_frames(view(writer.bytes()), "x.dcm", take);
    return values;
  };
  auto whole = picture_of(1, 2), cut = picture_of(1, 2), many = picture_of(1, 1);
  whole.text(0x00280008, "IS", "3").raw(0x7FE00010, "OB", "\x01\x02\x03\x04\x05\x06");
  EXPECT_THAT(values_of(whole), ElementsAre(1, 2, 3, 4, 5, 6));
  cut.text(0x00280008, "IS", "3").raw(0x7FE00010, "OB", "\x01\x02\x03\x04");
  EXPECT_THAT(error_of([&] { values_of(cut); }),
              HasSubstr("x.dcm: the file states 3 frames, but its pixel data are enough for 2"));
  many.text(0x00280008, "IS", "1000000000").raw(0x7FE00010, "OB", "\x01\x02");
  EXPECT_THAT(error_of([&] { values_of(many); }), HasSubstr("enough for 2"));
  auto packed = picture_of(1, 1, 8, "1.2.840.10008.1.2.5");
  packed.text(0x00280008, "IS", "3").header(0x7FE00010, "OB", 0xFFFFFFFF);
  EXPECT_THAT(error_of([&] { values_of(packed.append(fragment("") + fragment("") + kEnd)); }),
              HasSubstr("enough for 1"));
}

TEST(Dicom, FindsTheFragmentsOfAFrameByTheOffsetTable) {
  auto writer = picture_of(1, 2, 8, "1.2.840.10008.1.2.5");
  writer.text(0x00280008, "IS", "2").header(0x7FE00010, "OB", 0xFFFFFFFF);
  const std::string head = std::string("\1\0\0\0\x40\0\0\0", 8) + std::string(56, '\0');
  const std::string first = head + std::string("\1\5\6\0", 4);
  const std::string second_head = head.substr(0, 32),
                    second_tail = head.substr(32) + std::string("\1\7\x8\0", 4);
  const auto second_offset = static_cast<int>(8 + first.size());
  writer.append(fragment(std::string(4, '\0') + Writer::word(second_offset) + Writer::word(0)));
  writer.append(fragment(first) + fragment(second_head) + fragment(second_tail) + kEnd);
  EXPECT_THAT(read(writer, {.frame = 0}).pixels.samples, ElementsAre(5, 6));
  EXPECT_THAT(read(writer, {.frame = 1}).pixels.samples, ElementsAre(7, 8));
}

TEST(Dicom, NamesWhatIsCutOffAndWhatCannotBe) {
  const auto whole = picture_of(2, 3).raw(0x7FE00010, "OB", "123456").bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(read_dicom(view(whole.substr(0, size)), "x.dcm"), Error) << size;
  }
  EXPECT_THAT(dicom_error(picture_of(2, 4).raw(0x7FE00010, "OB", "123456")),
              HasSubstr("the pixel data has 6 bytes, too few for frame 0 of 8"));
  EXPECT_THAT(dicom_error(picture_of(65535, 65535).raw(0x7FE00010, "OB", "")),
              HasSubstr("more than the limit of 178,956,970"));
  EXPECT_THAT(dicom_error(picture_of(0, 3).raw(0x7FE00010, "OB", "")), HasSubstr("3 x 0 pixels"));
  EXPECT_THAT(dicom_error(picture_of(1, 1, 12).raw(0x7FE00010, "OW", "12")),
              HasSubstr("values of 12 bits are not read"));
  EXPECT_THAT(dicom_error(picture_of(1, 1).shorts(0x00280101, {9}).raw(0x7FE00010, "OB", "1")),
              HasSubstr("9 bits are stored in 8"));
  EXPECT_THAT(dicom_error(picture_of(1, 1).shorts(0x00280002, {4}).raw(0x7FE00010, "OB", "1")),
              HasSubstr("4 samples a pixel"));
  EXPECT_THAT(
      dicom_error(picture_of(1, 1).text(0x00281053, "DS", "1,5").raw(0x7FE00010, "OB", "1")),
      HasSubstr("(0028,1053) holds \"1,5\", expected a number"));
  EXPECT_THAT(dicom_error(picture_of(1, 1, 8, "1.2.840.10008.1.2.4.50").raw(0x7FE00010, "OB", "1")),
              HasSubstr("do not fit together"));
}

TEST(Dicom, RefusesSequencesThatNestForEver) {
  Writer writer;
  for (int i = 0; i < 40; ++i) {
    writer.header(0x00081140, "SQ", 0xFFFFFFFF).append(kItem + "\xFF\xFF\xFF\xFF");
  }
  EXPECT_THAT(dicom_error(writer), HasSubstr("nested deeper than 32"));
}

TEST(Dicom, RefusesDataSetsOfMillionsOfElements) {
  Writer writer;
  for (std::uint32_t i = 0; i <= 1 << 20; ++i) writer.header(0x00110000 + i, "LO", 0);
  EXPECT_THAT(dicom_error(writer), HasSubstr("x.dcm: a data set has more than 1,048,576 elements"));
}

TEST(Dicom, RefusesCompressedDataOfAnotherSize) {
  const std::string siz = std::string("\xFF\x4F\xFF\x51\0\x29\0\0\0\0\0\x09\0\0\0\x08", 16) +
                          std::string(8, '\0') + std::string("\0\0\0\x09\0\0\0\x08", 8) +
                          std::string(8, '\0') + std::string("\0\1\7\1\1", 5) +
                          std::string(9, '\0');
  const auto with = [](const char* syntax, const std::string& stream) {
    auto writer = picture_of(8, 8, 8, syntax);
    writer.header(0x7FE00010, "OB", 0xFFFFFFFF);
    return dicom_error(writer.append(fragment("") + fragment(stream) + kEnd));
  };
  EXPECT_THAT(with("1.2.840.10008.1.2.4.90", siz),
              HasSubstr("JPEG 2000 data hold 9 x 8 pixels of 1 samples of 8 bits, but the file "
                        "states 8 x 8"));
  EXPECT_THAT(with("1.2.840.10008.1.2.4.90", "\xFF\x4F"), HasSubstr("data are cut off"));
  const std::string sof("\xFF\xD8\xFF\xC0\0\x0B\x08\0\x08\0\x09\1\1\x11\0", 15);
  const std::string sos("\xFF\xDA\0\x08\1\1\0\0\x3F\0", 10);
  EXPECT_THAT(with("1.2.840.10008.1.2.4.50", sof + sos), HasSubstr("hold 9 x 8 pixels"));
  EXPECT_THAT(with("1.2.840.10008.1.2.4.50", sof), HasSubstr("end before the first scan"));
  EXPECT_THAT(with("1.2.840.10008.1.2.4.80", sof + sos), HasSubstr("are not JPEG-LS"));
  EXPECT_THAT(with("1.2.840.10008.1.2.5", "1234"), HasSubstr("fewer than its header"));
}

TEST(Dicom, ConvertsColoursAsTheStandardSays) {
  DeepImage image(1, 4, 3);
  image.samples = {255, 128, 128, 76, 85, 255, 0, 128, 128, 150, 44, 21};
  convert_ybr_to_rgb(image);
  EXPECT_THAT(image.samples, ElementsAre(255, 255, 255, 254, 0, 0, 0, 0, 0, 0, 255, 1));
}

TEST(Dicom, SignsFollowTheStoredBits) {
  EXPECT_EQ(keep_bits(0xF830, 12, true), -2000);
  EXPECT_EQ(keep_bits(0x5830, 12, false), 0x830);
  EXPECT_EQ(keep_bits(0x80000000, 32, true), std::numeric_limits<std::int32_t>::min());
}

DicomImage ramp(std::vector<std::int32_t> values) {
  DicomImage image;
  image.info.bits_stored = 16;
  image.info.photometric_interpretation = "MONOCHROME2";
  image.pixels = DeepImage(1, static_cast<std::int64_t>(values.size()), 1);
  image.pixels.samples = std::move(values);
  return image;
}

TEST(DicomPicture, StretchesWhereNothingIsSaid) {
  EXPECT_THAT(to_picture(ramp({-100, 0, 100})).samples, ElementsAre(0, 127.5f, 255));
  EXPECT_THAT(to_picture(ramp({7, 7})).samples, ElementsAre(0, 0));
}

TEST(DicomPicture, TheWindowIsInRescaledUnitsAndTheCallersComesFirst) {
  DicomImage image = ramp({0, 1024, 2048});
  image.info.rescale_intercept = -1024;
  image.info.windows = {{0, 1}};
  EXPECT_THAT(to_picture(image).samples, ElementsAre(0, 255, 255));
  EXPECT_THAT(to_picture(image, {.window = DicomWindow{0.5, 2049}}).samples,
              ElementsAre(0, 127.5f, 255));
  image.info.photometric_interpretation = "MONOCHROME1";
  EXPECT_THAT(to_picture(image).samples, ElementsAre(255, 0, 0));
  EXPECT_THROW(to_picture(image, {.window = DicomWindow{0, 0.5}}), Error);
  image.info.voi_function = VoiFunction::linear_exact;
  EXPECT_NO_THROW(to_picture(image, {.window = DicomWindow{0, 0.5}}));
  EXPECT_THROW(to_picture(image, {.window = DicomWindow{0, 0}}), Error);
}

TEST(DicomPicture, AWindowOfTheFileThatCannotBeUsedIsPassedOver) {
  DicomImage image = ramp({0, 100, 200});
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  image.info.windows = {{50, 0}, {50, 0.5}, {kNan, 9}, {50, kNan}, {100, 1}};
  EXPECT_THAT(to_picture(image).samples, ElementsAre(0, 255, 255));
  image.info.windows.pop_back();
  EXPECT_THAT(to_picture(image).samples, ElementsAre(0, 127.5f, 255));
  image.info.voi_lut = DicomTable{0, 8, {51}};
  EXPECT_THAT(to_picture(image).samples, ElementsAre(51, 51, 51));
  image.info.voi_function = VoiFunction::linear_exact;  // half a value is wide enough
  EXPECT_THAT(to_picture(image, {.prefer = VoiChoice::window}).samples, ElementsAre(0, 255, 255));
  EXPECT_THROW(to_picture(image, {.window = DicomWindow{50, 0}}), Error);
}

TEST(DicomPicture, ATableComesBeforeAWindowUnlessItIsAskedFor) {
  // As pydicom 3's apply_voi_lut, whose prefer_lut is true.
  DicomImage image = ramp({0, 1, 2});
  image.info.windows = {{1, 1}};
  image.info.voi_lut = DicomTable{0, 8, {51, 102, 255}};
  EXPECT_THAT(to_picture(image).samples, ElementsAre(51, 102, 255));
  EXPECT_THAT(to_picture(image, {.prefer = VoiChoice::window}).samples, ElementsAre(0, 255, 255));
  EXPECT_THAT(to_picture(image, {.window = DicomWindow{2, 1}}).samples, ElementsAre(0, 0, 255));
  image.info.windows = {{1, 0}};  // cannot be used
  EXPECT_THAT(to_picture(image, {.prefer = VoiChoice::window}).samples, ElementsAre(51, 102, 255));
}

/// What a file of the stored `values`, 16 bits, and a padding value (and limit) looks like.
FloatImage padded_picture(const std::vector<int>& values, const std::vector<int>& padding,
                          bool is_signed = false, const char* colours = "MONOCHROME2",
                          const std::string& intercept = "0", const char* vr = "US") {
  auto writer = picture_of(1, static_cast<int>(values.size()), 16);
  writer.shorts(0x00280103, {is_signed ? 1 : 0}).text(0x00280004, "CS", colours);
  writer.shorts(0x00280120, {padding[0]}, vr);
  if (padding.size() > 1) writer.shorts(0x00280121, {padding[1]}, vr);
  writer.text(0x00281052, "DS", intercept).text(0x00281053, "DS", "1");
  std::string bytes;
  for (const int value : values) bytes += Writer::word(value);
  return to_picture(read(writer.raw(0x7FE00010, "OW", bytes)));
}

TEST(DicomPicture, PaddingTakesNoPartInTheRange) {
  EXPECT_THAT(padded_picture({65535, 100, 200, 300}, {65535}).samples,
              ElementsAre(0, 0, 127.5F, 255));
  // CT scanners fill the corners with -2000; a writer may call its value unsigned.
  for (const char* vr : {"SS", "US"}) {
    EXPECT_THAT(
        padded_picture({-2000, -1000, 0, 1000}, {-2000}, true, "MONOCHROME2", "0", vr).samples,
        ElementsAre(0, 0, 127.5F, 255));
  }
  // Between the measured values.
  EXPECT_THAT(padded_picture({0, -100, 100, 50}, {0}, true, "MONOCHROME2", "-1024").samples,
              ElementsAre(0, 0, 255, 191.25F));
  // A limit on either side of the value.
  for (const std::vector<int>& range : {std::vector<int>{0, 10}, {10, 0}}) {
    EXPECT_THAT(padded_picture({0, 5, 10, 11, 13}, range).samples, ElementsAre(0, 0, 0, 0, 255));
  }
  // Black background, although low values are white.
  EXPECT_THAT(padded_picture({65535, 0, 4, 1}, {65535}, false, "MONOCHROME1").samples,
              ElementsAre(0, 255, 0, 191.25F));
}

TEST(DicomPicture, WhatIsTheSameEverywhereIsBlack) {
  EXPECT_THAT(padded_picture({9, 9, 65535}, {65535}).samples, ElementsAre(0, 0, 0));
  EXPECT_THAT(padded_picture({7, 7}, {7}).samples, ElementsAre(0, 0));
  DicomImage image = ramp({7, 7});
  image.info.photometric_interpretation = "MONOCHROME1";
  EXPECT_THAT(to_picture(image).samples, ElementsAre(0, 0));
}

TEST(DicomPicture, AWindowTakesPaddingAsAnyValue) {
  DicomImage image = ramp({65535, 0, 100});
  image.info.padding = {65535, 65535};
  image.info.windows = {{50.5, 101}};
  EXPECT_THAT(to_picture(image).samples, ElementsAre(255, 0, 255));
}

TEST(DicomPicture, AWindowThatIsNoNumberIsReadAsNone) {
  auto writer = picture_of(1, 2);
  writer.text(0x00281050, "DS", "40\\ \\50\\1e999").text(0x00281051, "DS", "0\\80\\x\\90");
  const DicomImage image = read(writer.raw(0x7FE00010, "OB", "\x01\x03"));
  EXPECT_EQ(image.info.windows.size(), 4u);
  EXPECT_THAT(to_picture(image).samples, ElementsAre(0, 255));
}

TEST(DicomPicture, ATableHoldsBeyondItsEnds) {
  const DicomTable table{-2, 8, {10, 20, 30}};
  EXPECT_EQ(table[-100], 10);
  EXPECT_EQ(table[-1], 20);
  EXPECT_EQ(table[std::numeric_limits<std::int32_t>::max()], 30);
}

TEST(JpegStream, ReadsHeadersAndRefusesDamage) {
  const std::string sof("\xFF\xD8\xFF\xC3\0\x0B\x0C\0\x02\0\x03\1\1\x11\0", 15);
  const std::string sos("\xFF\xDA\0\x08\1\1\0\1\0\0", 10);
  const JpegHeader header = read_jpeg_header(view(sof + sos), "x");
  EXPECT_EQ(header.precision, 12);
  EXPECT_EQ(header.height, 2);
  EXPECT_EQ(header.width, 3);
  EXPECT_EQ(header.scan, 15u);
  EXPECT_THROW(read_jpeg_header(view(sof + sof.substr(2) + sos), "x"), Error);
  EXPECT_THROW(decode_lossless_jpeg(view(sof + sos), "x"), Error);  // no Huffman table
}

/// A file whose data set, deflated, is `writer`'s and zeros behind it.
std::string deflated(const Writer& writer, std::uint64_t zeros) {
  const std::string all = writer.bytes();
  const std::size_t begin = all.find("1.2.840.10008.1.2.1.99") + 22;
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string packed, piece(1 << 20, '\0');
  const auto feed = [&](std::string part, int flush) {
    stream.next_in = reinterpret_cast<Bytef*>(part.data());
    stream.avail_in = static_cast<uInt>(part.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_out = static_cast<uInt>(piece.size());
      deflate(&stream, flush);
      packed.append(piece, 0, piece.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  };
  feed(all.substr(begin), Z_NO_FLUSH);
  for (; zeros > 0; zeros -= std::min<std::uint64_t>(zeros, 1 << 20)) {
    feed(std::string(std::min<std::uint64_t>(zeros, 1 << 20), '\0'), Z_NO_FLUSH);
  }
  feed("", Z_FINISH);
  deflateEnd(&stream);
  return all.substr(0, begin) + packed;
}

TEST(Dicom, AsksForTheMemoryOfWhatIsDeflated) {
  auto writer = picture_of(1, 2, 8, "1.2.840.10008.1.2.1.99");
  const std::string file = deflated(writer.raw(0x7FE00010, "OB", "\x01\x03"), 3000);
  std::vector<std::uint64_t> asked;
  const DicomImage image = read_dicom(
      view(file), "x.dcm", {.reserve = [&](std::uint64_t bytes) { asked.push_back(bytes); }});
  EXPECT_THAT(image.pixels.samples, ElementsAre(1, 3));
  ASSERT_EQ(asked.size(), 2U);  // the data set, then the picture
  EXPECT_GT(asked[0], 3000U);
  EXPECT_EQ(asked[1], 24U);
}

TEST(Dicom, RefusesDecompressionBombs) {
  auto writer = picture_of(1, 2, 8, "1.2.840.10008.1.2.1.99");
  const std::string bomb =
      deflated(writer.header(0x7FE00010, "OB", 0x20000000), kFreeExpansion + (1 << 20));
  ASSERT_LT(bomb.size(), 1U << 20);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_dicom(view(bomb), "x.dcm"); }),
              AllOf(HasSubstr("x.dcm: decompressed it is larger than 256.0 MiB"),
                    HasSubstr("decompression bombs")));
}

}  // namespace
}  // namespace attune
