#include "attune/media/image/stretch.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/json.h"

namespace attune {
namespace {

// Goldens: tests/parity/detection/make_golden.py.
const Json& golden() {
  static const Json json =
      read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/detection/stretch.json");
  return json;
}

// make_golden.py, picture.
Image picture(const Json& shape) {
  Image image(shape[0], shape[1], shape[2]);
  std::uint8_t* out = image.samples.data();
  for (std::int64_t y = 0; y < image.height; ++y) {
    for (std::int64_t x = 0; x < image.width; ++x) {
      for (std::int64_t c = 0; c < image.channels; ++c) {
        const std::int64_t value =
            x * 37 + y * 101 + c * 53 + (x * y * 7919) % 251 + 255 * ((x / 3 + y / 2) % 2);
        *out++ = static_cast<std::uint8_t>(value % 256);
      }
    }
  }
  return image;
}

Size size_of(const Json& entry) {
  return {entry.at("to")[0], entry.at("to")[1]};
}

TEST(Stretch, HasOpencvsPixels) {
  for (const Json& entry : golden().at("opencv")) {
    const Image got = stretch_opencv(picture(entry.at("from")), size_of(entry));
    EXPECT_EQ(got.samples, entry.at("pixels").get<std::vector<std::uint8_t>>())
        << dump_json_line(entry.at("from")) << " to " << dump_json_line(entry.at("to"));
  }
  for (const Json& entry : golden().at("large")) {
    const Image got = stretch_opencv(picture(entry.at("from")), size_of(entry));
    const auto sum = crc32(0, got.samples.data(), static_cast<uInt>(got.samples.size()));
    EXPECT_EQ(sum, entry.at("crc32").get<unsigned long>()) << dump_json_line(entry);
  }
}

// In single precision the same picture, but for what 8 bits round.
TEST(Stretch, OfFloatsAgreesWithThatOfBytes) {
  for (const Json& entry : golden().at("opencv")) {
    const Image image = picture(entry.at("from"));
    FloatImage real(image.height, image.width, image.channels);
    std::copy(image.samples.begin(), image.samples.end(), real.samples.begin());
    const FloatImage got = stretch_opencv(real, size_of(entry));
    const Image bytes = stretch_opencv(image, size_of(entry));
    for (std::size_t i = 0; i < got.samples.size(); ++i) {
      EXPECT_NEAR(got.samples[i], bytes.samples[i], 0.9);
    }
  }
}

TEST(Stretch, LaysCornersUponCornersAsDarknetDoes) {
  for (const Json& entry : golden().at("corners")) {
    const FloatImage got = stretch_corners(picture(entry.at("from")), size_of(entry));
    const auto want = entry.at("pixels").get<std::vector<double>>();
    ASSERT_EQ(got.samples.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got.samples[i], want[i], 1e-3);
  }
}

TEST(Stretch, RefusesWhatIsEmpty) {
  EXPECT_THROW(stretch_opencv(Image(), {2, 2}), Error);
  EXPECT_THROW(stretch_corners(Image(), {2, 2}), Error);
  EXPECT_THROW(stretch_opencv(Image(2, 2, 1), {0, 2}), Error);
}

}  // namespace
}  // namespace attune
