#include "attune/media/image/processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Json kPhoto = torchvision_preprocessing(256, 224);

std::string problem(const Json& json, const ImageProcessorOptions& options = {}) {
  try {
    ImageProcessor(json, "model/x", options).output_size();
  } catch (const Error& error) {
    return (error.kind() == ErrorKind::data ? "data: " : "user: ") + std::string(error.what());
  }
  return "";
}

Json with(Json json, const std::string& key, const Json& value) {
  json[key] = value;
  return json;
}

TEST(ImageProcessor, NamesWhatItCannotDo) {
  EXPECT_THAT(problem(Json::array()), AllOf(HasSubstr("data: model/x"), HasSubstr("an object")));
  EXPECT_THAT(problem(with(kPhoto, "image_processor_type", "SamImageProcessor")),
              AllOf(HasSubstr("SamImageProcessor"), HasSubstr("BitImageProcessor")));
  EXPECT_THAT(problem(with(kPhoto, "resample", 5)), HasSubstr("resample is 5"));
  EXPECT_THAT(problem(with(kPhoto, "do_pad", true)), HasSubstr("do_pad is true"));
  EXPECT_THAT(problem(with(kPhoto, "image_std", {1, 0, 1})), HasSubstr("image_std"));
  EXPECT_THAT(problem(with(kPhoto, "image_mean", {1, 2})), HasSubstr("one or three numbers"));
  EXPECT_THAT(problem(with(kPhoto, "size", {{"shortest_edge", 0}})), HasSubstr("size"));
  EXPECT_THAT(problem(with(kPhoto, "size", {{"longest_edge", 9}})),
              HasSubstr("shortest_edge alone"));
  EXPECT_THAT(problem(with(kPhoto, "do_resize", "yes")), HasSubstr("true or false"));
  EXPECT_THAT(problem(with(kPhoto, "do_center_crop", false)),
              AllOf(HasSubstr("user: "), HasSubstr("aspect ratio")));
  EXPECT_EQ(problem(with(kPhoto, "do_pad", nullptr)), "");
}

TEST(ImageProcessor, OptionsChangeTheGeometry) {
  const auto sizes = [](const Json& json, const ImageProcessorOptions& options) {
    const Json written = ImageProcessor(json, "m", options).to_json();
    return std::pair(written.value("size", Json()), written.value("crop_size", Json()));
  };
  const Json square = {{"height", 112}, {"width", 112}};
  EXPECT_EQ(sizes(kPhoto, {.image_size = 112}), std::pair(Json({{"shortest_edge", 128}}), square));
  EXPECT_EQ(sizes(kPhoto, {.image_size = 112, .resize_size = 112}),
            std::pair(Json({{"shortest_edge", 112}}), square));
  EXPECT_EQ(sizes(kPhoto, {.image_size = 112, .crop_mode = CropMode::squash}),
            std::pair(square, Json()));
  EXPECT_EQ(sizes({{"size", 64}}, {.image_size = 112}), std::pair(square, Json()));
  EXPECT_THAT(problem(kPhoto, {.resize_size = 100}), HasSubstr("black border"));
  EXPECT_THAT(problem(kPhoto, {.resize_size = 300, .crop_mode = CropMode::squash}),
              HasSubstr("goes with crop_mode center"));
  EXPECT_THAT(problem({{"do_resize", false}}), HasSubstr("set image_size"));
  EXPECT_EQ(problem({{"do_resize", false}}, {.image_size = 32}), "");
}

TEST(ImageProcessor, LetterboxKeepsAllOfThePicture) {
  const ImageProcessor processor(kPhoto, "m", {.image_size = 8, .crop_mode = CropMode::letterbox});
  Image image(4, 16, 1);
  std::fill(image.samples.begin(), image.samples.end(), std::uint8_t{200});
  const auto boxed = std::get<Image>(processor.shape(image));
  EXPECT_EQ(boxed.size(), (Size{8, 8}));
  for (std::int64_t y = 0; y < 8; ++y) EXPECT_EQ(boxed.row(y)[3], y >= 3 && y < 5 ? 200 : 0) << y;
  const Json written = processor.to_json();
  EXPECT_EQ(written.at("image_processor_type"), "AttuneImageProcessor");
  EXPECT_EQ(std::get<Image>(ImageProcessor(written, "m").shape(image)), boxed);
}

TEST(ImageProcessor, PicturesThatAreNotResizedMustFit) {
  const ImageProcessor processor({{"do_resize", false}, {"size", 4}}, "m");
  EXPECT_NO_THROW(processor.shape(Image(4, 4, 3)));
  EXPECT_THROW(processor.shape(Image(4, 5, 3)), Error);
  EXPECT_THROW(processor.shape(Image()), Error);
}

TEST(ImageProcessor, NormalisesEachChannel) {
  const ImageProcessorOptions options = {.image_mean = {"0.5"}, .image_std = {"0.25", "0.5", "1"}};
  const ImageProcessor processor(kPhoto, "m", options);
  EXPECT_FLOAT_EQ(processor.mean_level(2), 127.5f);
  Image image(1, 2, 3);
  image.samples = {255, 255, 255, 0, 0, 0};
  std::vector<float> values(6);
  processor.normalize(image, values);
  EXPECT_THAT(values, testing::ElementsAre(2, -2, 1, -1, 0.5, -0.5));
  FloatImage deep(1, 2, 3);
  deep.samples = {255, 255, 255, 63.75f, 0, 0};
  processor.normalize(deep, values);
  EXPECT_THAT(values, testing::ElementsAre(2, -1, 1, -1, 0.5, -0.5));
  EXPECT_THROW(processor.normalize(Image(1, 6, 1), values), Error);
  EXPECT_THAT(problem(kPhoto, {.image_mean = {"a"}}), HasSubstr("\"a\" is not a number"));
  EXPECT_THAT(problem(kPhoto, {.image_std = {"1", "2"}}), HasSubstr("2 numbers for 3 channels"));
}

TEST(ImageProcessor, ChangesTheNumberOfChannels) {
  const ImageProcessor grey = ImageProcessor(kPhoto, "m").with_channels(1);
  EXPECT_EQ(grey.channels(), 1);
  EXPECT_NEAR(grey.mean_level(0), 255 * (0.485 + 0.456 + 0.406) / 3, 1e-4);
  EXPECT_EQ(grey.to_json().at("do_convert_rgb"), false);
  const ImageProcessor again = ImageProcessor(grey.to_json(), "m").with_channels(3);
  EXPECT_EQ(again.channels(), 3);
  EXPECT_FLOAT_EQ(again.mean_level(2), grey.mean_level(0));
}

}  // namespace
}  // namespace attune
