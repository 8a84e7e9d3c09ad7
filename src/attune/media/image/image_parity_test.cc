// Goldens: tests/parity/image/make_golden.py (Pillow, transformers' PIL image processors).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/processor.h"
#include "attune/media/image/resize.h"
#include "attune/media/image/testing/noise.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/image";

const Json& golden() {
  static const Json json = read_json(kFolder / "golden.json");
  return json;
}

std::string picture_bytes(const std::string& name) {
  return read_file(kFolder / "pictures" / name, 1 << 20);
}

DecodedImage decode(const std::string& name, const DecodeOptions& options = {}) {
  const std::string bytes = picture_bytes(name);
  return decode_image(std::as_bytes(std::span(bytes)), name, options);
}

template <typename Sample>
std::string digest(const Raster<Sample>& image) {
  return sha256_hex(std::as_bytes(std::span(image.samples)));
}

Filter filter_of(const std::string& name) {
  return config::enum_value<Filter>(name).value();
}

/// Little-endian floats in hexadecimal.
std::vector<float> floats_from_hex(const std::string& hex) {
  std::vector<float> values(hex.size() / 8);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

float largest_difference(const std::vector<float>& got, const std::vector<float>& expected) {
  EXPECT_EQ(got.size(), expected.size());
  float largest = 0;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    largest = std::max(largest, std::abs(got[i] - expected[i]));
  }
  return largest;
}

TEST(ImageParity, PicturesOfEveryFormatDecodeAsInPillow) {
  for (const Json& entry : golden().at("pictures")) {
    const std::string name = entry.at("file");
    SCOPED_TRACE(name);
    const DecodedImage decoded = decode(name);
    const ImageInfo& info = decoded.info;
    EXPECT_EQ(info.orientation, entry.value("orientation", 1));
    EXPECT_EQ(info.palette, entry.value("palette", false));
    EXPECT_EQ(info.bits, entry.value("bits", 8));
    EXPECT_EQ(info.pages, entry.value("pages", 1));
    EXPECT_FALSE(info.mislabelled);
    if (entry.contains("samples")) {
      ASSERT_TRUE(decoded.deep());
      EXPECT_EQ(digest(std::get<DeepImage>(decoded.samples)), entry.at("samples"));
      continue;
    }
    const Image rgb = convert_rgb(decoded);
    EXPECT_EQ(rgb.size(), (Size{entry.at("height"), entry.at("width")}));
    EXPECT_EQ(info.shown_size(), rgb.size());
    EXPECT_EQ(digest(rgb), entry.at("rgb"));
    EXPECT_EQ(digest(convert_grey(decoded)), entry.at("grey"));
  }
}

TEST(ImageParity, HeadersSayWhatDecodingGives) {
  for (const Json& entry : golden().at("pictures")) {
    const std::string name = entry.at("file");
    SCOPED_TRACE(name);
    const std::string bytes = picture_bytes(name);
    const ImageInfo probed = probe_image(std::as_bytes(std::span(bytes)), name);
    const ImageInfo info = decode(name).info;
    EXPECT_EQ(std::tuple(probed.format, probed.height, probed.width, probed.color, probed.bits,
                         probed.palette, probed.orientation, probed.pages),
              std::tuple(info.format, info.height, info.width, info.color, info.bits, info.palette,
                         info.orientation, info.pages));
  }
}

TEST(ImageParity, JpegsShrinkAsInPillowsDraft) {
  const Json& draft = golden().at("draft");
  for (const Json& entry : draft.at("cases")) {
    const Size least{entry.at("min_size")[1], entry.at("min_size")[0]};
    const Image image = convert_rgb(decode(draft.at("file"), {.min_size = least}));
    SCOPED_TRACE(entry.dump());
    EXPECT_EQ(image.size(), (Size{entry.at("size")[1], entry.at("size")[0]}));
    EXPECT_EQ(digest(image), entry.at("sha256"));
  }
}

TEST(ImageParity, ResizedBytesEqualPillows) {
  for (const Json& entry : golden().at("resize").at("cases")) {
    const std::int64_t height = entry.at("height"), width = entry.at("width");
    const Image image =
        noise(height, width, entry.at("channels"), static_cast<std::uint32_t>(7 * height + width));
    std::optional<Box> box;
    if (const Json& b = entry.at("box"); !b.is_null()) box = Box{b[0], b[1], b[2], b[3]};
    const Image resized = resize(image, {entry.at("size")[1], entry.at("size")[0]},
                                 filter_of(entry.at("filter")), box);
    EXPECT_EQ(digest(resized).substr(0, 16), entry.at("sha256")) << entry.dump();
  }
}

TEST(ImageParity, ResizedFloatsEqualPillowsModeF) {
  const Image bytes = noise(11, 13, 1, 5);
  FloatImage image(11, 13, 1);
  for (std::size_t i = 0; i < bytes.samples.size(); ++i)
    image.samples[i] = bytes.samples[i] * 1.37f;
  for (const Json& entry : golden().at("resize").at("floats")) {
    const FloatImage resized =
        resize(image, {entry.at("size")[1], entry.at("size")[0]}, filter_of(entry.at("filter")));
    EXPECT_LE(largest_difference(resized.samples, entry.at("values")), 4e-5f) << entry.dump();
  }
}

TEST(ImageParity, InputsEqualThoseOfTransformers) {
  static const Json json = read_json(kFolder / "processor.json");
  for (const Json& entry : json.at("transformers")) {
    SCOPED_TRACE(entry.at("name").get<std::string>());
    const std::int64_t height = entry.at("height"), width = entry.at("width");
    const Image image = noise(height, width, 3, static_cast<std::uint32_t>(height));
    const Json& shape = entry.at("shape");
    std::vector<float> values(shape[0].get<std::size_t>() * shape[1].get<std::size_t>() *
                              shape[2].get<std::size_t>());
    const ImageProcessor processor(entry.at("config"), "golden");
    processor.apply(image, values);
    // What is written back gives the same once more.
    std::vector<float> again(values.size());
    ImageProcessor(processor.to_json(), "written").apply(image, again);
    EXPECT_EQ(values, again);
    if (entry.contains("sha256")) {
      EXPECT_EQ(sha256_hex(std::as_bytes(std::span(values))), entry.at("sha256"));
    } else {
      EXPECT_EQ(largest_difference(values, floats_from_hex(entry.at("values"))), 0.0f);
    }
  }
}

TEST(ImageParity, InputsEqualThoseOfTorchvision) {
  static const Json json = read_json(kFolder / "processor.json");
  for (const Json& entry : json.at("torchvision")) {
    const std::int64_t height = entry.at("height"), width = entry.at("width");
    const ImageProcessor processor(
        torchvision_preprocessing(entry.at("resize_size"), entry.at("image_size")), "preset");
    const std::vector<float> expected = floats_from_hex(entry.at("values"));
    std::vector<float> values(expected.size());
    processor.apply(noise(height, width, 3, static_cast<std::uint32_t>(height)), values);
    // ToTensor divides by 255 where transformers multiplies by its inverse.
    EXPECT_LE(largest_difference(values, expected), 5e-7f) << height << " x " << width;
  }
}

/// For tests/parity/image/check_live.py: ATTUNE_IMAGE_JOBS names a file of lines
/// "PATH <tab> FILTER or - <tab> WIDTH <tab> HEIGHT <tab> OUT"; RGB bytes go to OUT.
TEST(ImageParity, LiveJobs) {
  const char* jobs = std::getenv("ATTUNE_IMAGE_JOBS");
  if (jobs == nullptr)
    GTEST_SKIP() << "set ATTUNE_IMAGE_JOBS: see tests/parity/image/check_live.py";
  std::ifstream lines(jobs);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string path, filter, width, height, out;
    std::getline(fields, path, '\t');
    std::getline(fields, filter, '\t');
    std::getline(fields, width, '\t');
    std::getline(fields, height, '\t');
    std::getline(fields, out, '\t');
    const std::string bytes = read_file(path, 1 << 30);
    Image image = convert_rgb(
        decode_image(std::as_bytes(std::span(bytes)), path, {.apply_orientation = false}));
    if (filter != "-") {
      image = resize(image, {std::stoll(height), std::stoll(width)}, filter_of(filter));
    }
    write_file_atomically(out, std::string_view(reinterpret_cast<const char*>(image.samples.data()),
                                                image.samples.size()));
  }
}

}  // namespace
}  // namespace attune
