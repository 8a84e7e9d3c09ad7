#include "attune/data/image/pictures/picture_reader.h"

#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/image/encode.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

class PictureReader : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

Image gradient(std::int64_t channels) {
  Image image(3, 5, channels);
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(11 * i);
  }
  return image;
}

TEST_F(PictureReader, ReadsFilesAndBlocksAlike) {
  const Image image = gradient(3);
  ImageDataset dataset;
  dataset.blocks.push_back({.name = "block",
                            .count = 1,
                            .height = 3,
                            .width = 5,
                            .channels = 3,
                            .samples = image.samples});
  dataset.examples = {{.path = write("a.png", encode_png(image))}, {.block = 0}};
  for (const std::int64_t example : {0, 1}) {
    EXPECT_EQ(std::get<Image>(read_picture(dataset, example, {})), image);
  }
  EXPECT_EQ(PictureFile(dataset.examples[0].path).shown_size({}), (Size{3, 5}));
}

TEST_F(PictureReader, GivesTheChannelsThatAreAskedFor) {
  const PictureFile grey(write("grey.png", encode_png(gradient(1))));
  const auto rgb = std::get<Image>(grey.decode({.channels = 3}));
  EXPECT_EQ(rgb.channels, 3);
  EXPECT_EQ(rgb.samples[4], rgb.samples[3]);
  EXPECT_EQ(std::get<Image>(with_channels(rgb, 1)), gradient(1));
}

TEST_F(PictureReader, TheSamePixelsHaveTheSameHash) {
  const Image image = gradient(3);
  FloatImage deep(3, 5, 3);
  EXPECT_EQ(pixel_hash(image), pixel_hash(Image(image)));
  EXPECT_NE(pixel_hash(image), pixel_hash(deep));
  Image turned(5, 3, 3);
  turned.samples = image.samples;
  EXPECT_NE(pixel_hash(image), pixel_hash(turned));
}

/// What is wrong with a file.
std::string problem_of(const std::string& path, const PictureOptions& options = {}) {
  try {
    PictureFile(path).decode(options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(PictureReader, AnEmptyFileIsNamed) {
  EXPECT_THAT(problem_of(write("empty.jpg", "")), HasSubstr("empty.jpg: the file is empty"));
}

TEST_F(PictureReader, WhatIsNothingIsToldByItsName) {
  const std::string noise(400, 'x');
  EXPECT_THAT(problem_of(write("a.dcm", noise)), HasSubstr("a.dcm: not a DICOM file"));
  EXPECT_THAT(problem_of(write("a.NII", noise)), HasSubstr("a.NII: not a NIfTI file"));
  EXPECT_EQ(problem_of(write("b.dcm", encode_png(gradient(3)))), "no error");
}

/// A DICOM file of two pixels.
std::string dicom_of(const std::string& colours) {
  const auto word = [](std::size_t value) {
    return std::string{static_cast<char>(value & 255), static_cast<char>(value >> 8)};
  };
  const auto element = [&](std::size_t group, std::size_t tag, const std::string& vr,
                           std::string value) {
    if (value.size() % 2 == 1) value.push_back(vr == "UI" ? '\0' : ' ');
    const std::string size = word(value.size());
    return word(group) + word(tag) + vr + (vr == "OB" ? word(0) + size + word(0) : size) + value;
  };
  std::string bytes(128, '\0');
  bytes += "DICM" + element(2, 0x10, "UI", "1.2.840.10008.1.2.1");
  bytes += element(0x28, 4, "CS", colours) + element(0x28, 0x10, "US", word(1));
  bytes += element(0x28, 0x11, "US", word(2)) + element(0x28, 0x100, "US", word(8));
  return bytes + element(0x7FE0, 0x10, "OB", "\x01\x02");
}

TEST_F(PictureReader, ADicomFileThatCannotBeShownIsNamed) {
  const std::string grey = write("grey.dcm", dicom_of("MONOCHROME2"));
  EXPECT_THAT(problem_of(grey, {.window = DicomWindow{10, 0}}),
              HasSubstr("grey.dcm: the window has center 10 and width 0"));
  EXPECT_THAT(problem_of(write("palette.dcm", dicom_of("PALETTE COLOR"))),
              HasSubstr("palette.dcm: the palette has 0 tables"));
}

/// A NIfTI-1 file of bytes.
std::string nifti_of(const std::vector<std::int16_t>& shape, const std::string& voxels) {
  std::string bytes(352, '\0');
  const auto set = [&](std::size_t at, auto value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  };
  set(0, std::int32_t{348});
  set(40, static_cast<std::int16_t>(shape.size()));
  for (std::size_t i = 0; i < shape.size(); ++i) set(42 + 2 * i, shape[i]);
  set(70, std::int16_t{2});
  set(108, 352.F);
  std::memcpy(bytes.data() + 344, "n+1", 4);
  set(254, std::int16_t{1});  // an sform that is RAS+
  for (std::size_t k = 0; k < 3; ++k) set(280 + 20 * k, 1.F);
  return bytes + voxels;
}

TEST_F(PictureReader, ASliceOfTheVolumeThatIsAskedFor) {
  PictureOptions options{.channels = 1, .window = DicomWindow{127.5, 255}};
  const std::string one = write("one.nii", nifti_of({2, 1, 2}, "\x01\x02\x03\x04"));
  EXPECT_EQ(std::get<FloatImage>(PictureFile(one).decode(options)).samples[0], 3);
  options.slice.index = 0;
  EXPECT_EQ(std::get<FloatImage>(PictureFile(one).decode(options)).samples[0], 1);

  const std::string two = write("two.nii", nifti_of({2, 1, 1, 2}, "\x01\x02\x03\x04"));
  EXPECT_THAT(problem_of(two, options), HasSubstr("two.nii: the file has 2 volumes"));
  options.frame = 1;
  EXPECT_EQ(std::get<FloatImage>(PictureFile(two).decode(options)).samples[0], 3);
  EXPECT_EQ(PictureFile(two).shown_size(options), (Size{1, 2}));
  options.slice.index = 5;
  EXPECT_THAT(problem_of(two, options), HasSubstr("two.nii: slice 5 is asked for"));
}

/// A grey PNG of 16 bits, one row: encode_png writes 8 bits.
std::string deep_png(const std::vector<std::uint16_t>& values) {
  const auto number = [](std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
  };
  const auto chunk = [&](const std::string& name, const std::string& data) {
    const std::string body = name + data;
    const auto sum =
        crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return number(static_cast<std::uint32_t>(data.size())) + body +
           number(static_cast<std::uint32_t>(sum));
  };
  std::string row(1, '\0');  // its filter: none
  for (const std::uint16_t value : values) {
    row += static_cast<char>(value >> 8);
    row += static_cast<char>(value & 255);
  }
  std::string packed(compressBound(static_cast<uLong>(row.size())), '\0');
  uLong size = static_cast<uLong>(packed.size());
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(row.data()), static_cast<uLong>(row.size()));
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", number(static_cast<std::uint32_t>(values.size())) + number(1) +
                           std::string("\x10\0\0\0\0", 5)) +
         chunk("IDAT", packed) + chunk("IEND", "");
}

TEST_F(PictureReader, AWindowShowsItsPartOfA16BitPicture) {
  // CT values shifted by 32768, as they are exported.
  const PictureFile file(write("ct.png", deep_png({0, 32608, 32808, 33008, 65535})));
  const auto shown = [&](const PictureOptions& options) {
    return std::get<FloatImage>(file.decode(options)).samples;
  };
  PictureOptions options{.channels = 1};
  EXPECT_FLOAT_EQ(shown(options)[2], 32808 * 255.0F / 65535);
  options.window = DicomWindow{32808, 400};
  EXPECT_THAT(shown(options), ::testing::ElementsAre(0, 0, 127.5F, 255, 255));
  options.channels = 3;
  EXPECT_EQ(shown(options)[7], 127.5F);
  // Pictures of 8 bits are as they were.
  const PictureFile flat(write("flat.png", encode_png(gradient(1))));
  EXPECT_EQ(std::get<Image>(flat.decode({.channels = 1, .window = options.window})), gradient(1));
}

TEST_F(PictureReader, TakesItsMemoryOfABudget) {
  PictureOptions options{.memory = std::make_shared<MemoryBudget>(2000)};
  const std::string small = write("small.png", encode_png(gradient(1)));
  EXPECT_NO_THROW(PictureFile(small).decode(options));
  EXPECT_EQ(options.memory->used(), 0U);
  const std::string large = write("large.png", encode_png(Image(40, 40, 1)));
  EXPECT_THAT(
      problem_of(large, options),
      ::testing::AllOf(HasSubstr("large.png: decoding it takes"), HasSubstr("--decode-memory")));
  EXPECT_EQ(options.memory->used(), 0U);
}

}  // namespace
}  // namespace attune
