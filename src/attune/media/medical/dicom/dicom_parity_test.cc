// Against pydicom: tests/parity/medical/make_golden.py and real_golden.py.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/media/medical/dicom/dicom.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/medical";

/// The values as pydicom would hash them: int32, row by row.
std::string hash_of(const DeepImage& image) {
  return sha256_hex(std::as_bytes(std::span(image.samples)));
}

void compare_picture(const std::string& name, const Json& wanted, const FloatImage& picture) {
  ASSERT_EQ(picture.samples.size(), wanted.size()) << name;
  double largest = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto got = static_cast<double>(picture.samples[i]);
    largest = std::max(largest, std::abs(got - wanted[i].get<double>()));
  }
  EXPECT_LE(largest, 1e-3) << name;
}

TEST(DicomParity, EveryKindOfFileEqualsPydicom) {
  const Json golden = read_json(kFolder / "golden.json");
  ASSERT_GE(golden.size(), 50u);
  for (const auto& [name, wanted] : golden.items()) {
    const auto frames = wanted["frames"].get<std::int64_t>();
    const DicomImage image = read_dicom(kFolder / "dicom" / (name + ".dcm"), {.frame = frames - 1});
    EXPECT_EQ(image.info.frames, frames) << name;
    EXPECT_EQ(image.info.transfer_syntax_name, wanted["syntax"].get<std::string>()) << name;
    EXPECT_EQ(image.info.patient_id, "golden^1") << name;
    EXPECT_EQ(image.pixels.height, wanted["shape"][0].get<std::int64_t>()) << name;
    EXPECT_EQ(image.pixels.width, wanted["shape"][1].get<std::int64_t>()) << name;
    if (wanted.contains("values")) {  // lossy: two decoders agree on whole files up to this
      std::int32_t largest = 0;
      ASSERT_EQ(image.pixels.samples.size(), wanted["values"].size()) << name;
      for (std::size_t i = 0; i < image.pixels.samples.size(); ++i) {
        largest = std::max(
            largest, std::abs(image.pixels.samples[i] - wanted["values"][i].get<std::int32_t>()));
      }
      const bool is_subsampled = name.ends_with("420");
      EXPECT_LE(largest, is_subsampled ? 3 : 2) << name;
    } else {
      EXPECT_EQ(hash_of(image.pixels), wanted["sha256"].get<std::string>()) << name;
    }
    if (wanted.contains("picture")) compare_picture(name, wanted["picture"], to_picture(image));
  }
}

/// The file's pixel data are one fragment at its end; what is behind it says where they end.
TEST(DicomParity, NoCompressedPictureIsReadInPart) {
  for (const char* name :
       {"baseline_grey", "extended_u12", "lossless_1", "jpeg_ls_u12", "j2k_u8", "rle_u8"}) {
    const std::string bytes = read_file(kFolder / "dicom" / (std::string(name) + ".dcm"), 1 << 20);
    const std::string item("\xFE\xFF\x00\xE0", 4), end("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
    const std::size_t at = bytes.rfind(item), stop = bytes.rfind(end);
    ASSERT_TRUE(at != std::string::npos && stop != std::string::npos && at < stop) << name;
    const std::size_t length = stop - at - 8;
    std::vector<std::size_t> sizes = {length * 9 / 10, length * 7 / 10, length / 2, 2};
    // JPEG-LS anywhere: without an end CharLS counted zeros for ten seconds in some places.
    const bool is_jpeg_ls = std::string_view(name).starts_with("jpeg_ls");
    for (std::size_t kept = 0; is_jpeg_ls && kept + 4 < length; ++kept) sizes.push_back(kept);
    for (const std::size_t kept : sizes) {
      std::string cut = bytes.substr(0, at + 8 + kept) + end;
      for (std::size_t k = 0; k < 4; ++k) cut[at + 4 + k] = static_cast<char>(kept >> (8 * k));
      EXPECT_THROW(read_dicom(std::as_bytes(std::span(cut)), "x.dcm"), Error)
          << name << " cut to " << kept << " of " << length;
    }
  }
}

/// As `means` of real_golden.py: of the parts of a grid, cut as numpy.array_split does.
std::vector<double> means_of(const DeepImage& image) {
  const auto cut = [](std::int64_t size, std::int64_t parts, std::int64_t i) {
    return i * (size / parts) + std::min(i, size % parts);
  };
  const std::int64_t rows = std::min<std::int64_t>(4, image.height / 2);
  const std::int64_t columns = std::min<std::int64_t>(4, image.width / 2);
  std::vector<double> means;
  for (std::int64_t part = 0; part < rows * columns; ++part) {
    const std::int64_t row = part / columns, column = part % columns;
    const std::int64_t top = cut(image.height, rows, row), end = cut(image.height, rows, row + 1);
    const std::int64_t left = cut(image.width, columns, column);
    const std::int64_t right = cut(image.width, columns, column + 1);
    for (std::int64_t c = 0; c < image.channels; ++c) {
      double sum = 0;
      for (std::int64_t y = top; y < end; ++y) {
        for (std::int64_t x = left; x < right; ++x) {
          const auto at = static_cast<std::size_t>((y * image.width + x) * image.channels + c);
          sum += image.samples[at];
        }
      }
      means.push_back(sum / static_cast<double>((end - top) * (right - left)));
    }
  }
  return means;
}

TEST(DicomParity, RealFilesEqualPydicom) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
  const fs::path folder = root / "data/med-dicom";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there; set ATTUNE_SHARED";
  const Json golden = read_json(kFolder / "real_golden.json");
  EXPECT_EQ(golden.size(), 15u);
  for (const auto& [name, wanted] : golden.items()) {
    const DicomImage image = read_dicom(folder / name);
    EXPECT_EQ(image.info.transfer_syntax_name, wanted["syntax"].get<std::string>()) << name;
    EXPECT_EQ(image.pixels.height, wanted["shape"][0].get<std::int64_t>()) << name;
    EXPECT_EQ(image.pixels.width, wanted["shape"][1].get<std::int64_t>()) << name;
    if (wanted.contains("means")) {  // lossy: two versions of a decoder may differ by 1
      const auto means = wanted["means"].get<std::vector<double>>();
      EXPECT_THAT(means_of(image.pixels), ::testing::Pointwise(::testing::DoubleNear(1), means))
          << name;
    } else {
      EXPECT_EQ(hash_of(image.pixels), wanted["sha256"].get<std::string>()) << name;
    }
    const FloatImage picture = to_picture(image);
    EXPECT_EQ(picture.height, image.info.height);
    const auto [low, high] = std::minmax_element(picture.samples.begin(), picture.samples.end());
    EXPECT_GE(*low, 0) << name;
    EXPECT_LE(*high, 255) << name;
    EXPECT_LT(*low, *high) << name;
  }
  // The same picture in five encodings.
  const std::string plain = hash_of(read_dicom(folder / "MR_small.dcm").pixels);
  for (const char* name : {"RLE", "bigendian", "expb", "implicit"}) {
    const auto path = folder / ("MR_small_" + std::string(name) + ".dcm");
    EXPECT_EQ(hash_of(read_dicom(path).pixels), plain) << name;
  }
}

/// For tests/parity/medical/check_live.py: values of ATTUNE_DICOM_FILES (a folder) as int32 files,
/// and what is shown of them as float files, into ATTUNE_DICOM_VALUES.
TEST(DicomLive, WritesValues) {
  const char* files = std::getenv("ATTUNE_DICOM_FILES");
  const char* values = std::getenv("ATTUNE_DICOM_VALUES");
  if (files == nullptr || values == nullptr) GTEST_SKIP() << "run by check_live.py alone";
  for (const auto& entry : fs::directory_iterator(files)) {
    if (entry.path().extension() != ".dcm") continue;
    const DicomImage image = read_dicom(entry.path(), {.frame = 0});
    const auto bytes = std::as_bytes(std::span(image.pixels.samples));
    write_file_atomically(fs::path(values) / (entry.path().stem().string() + ".i32"),
                          {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    const FloatImage picture = to_picture(image);
    const auto shown = std::as_bytes(std::span(picture.samples));
    write_file_atomically(fs::path(values) / (entry.path().stem().string() + ".f32"),
                          {reinterpret_cast<const char*>(shown.data()), shown.size()});
  }
}

}  // namespace
}  // namespace attune
