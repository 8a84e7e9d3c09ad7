#include "attune/media/boxes/detector_input.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {
namespace {

Image two_colours() {
  Image image(4, 8, 3);
  for (std::size_t i = 0; i < image.samples.size(); i += 3) {
    image.samples[i] = 200;
    image.samples[i + 2] = 10;
  }
  return image;
}

std::vector<float> prepared(const DetectorInput& input, const Image& image) {
  std::vector<float> out(
      static_cast<std::size_t>(input.channels * input.size.height * input.size.width));
  input.prepare(image, out);
  return out;
}

TEST(DetectorInput, OrdersAndScalesChannels) {
  DetectorInput input{.size = {4, 8}, .scale = 1};
  EXPECT_EQ(prepared(input, two_colours())[0], 200);
  input.bgr = true;
  const auto bgr = prepared(input, two_colours());
  EXPECT_EQ(bgr[0], 10);
  EXPECT_EQ(bgr[2 * 32], 200);
  input.scale = 1.0 / 255;
  EXPECT_FLOAT_EQ(prepared(input, two_colours())[0], 10.0F / 255);
}

TEST(DetectorInput, FramesWhereItIsTold) {
  DetectorInput input{.size = {8, 8}, .framing = Framing::letterbox, .pad = 114, .scale = 1};
  auto out = prepared(input, two_colours());
  EXPECT_EQ(out[0], 114);
  EXPECT_EQ(out[2 * 8], 200);  // the first of four rows in the middle
  EXPECT_EQ(out[6 * 8], 114);
  input.framing = Framing::letterbox_corner;
  out = prepared(input, two_colours());
  EXPECT_EQ(out[0], 200);
  EXPECT_EQ(out[4 * 8], 114);
  input.framing = Framing::stretch;
  out = prepared(input, two_colours());
  EXPECT_TRUE(std::all_of(out.begin(), out.begin() + 64, [](float v) { return v == 200; }));
}

// ultralytics and YOLOX: 500 x 375 to 640 and 416, odd borders and cut sides.
TEST(DetectorInput, TellsWhereAPictureLies) {
  const DetectorInput middle{.size = {640, 640}, .framing = Framing::letterbox};
  const Placement place = middle.placement({375, 501});
  EXPECT_DOUBLE_EQ(place.scale_x, 640.0 / 501);
  EXPECT_DOUBLE_EQ(place.scale_y, place.scale_x);
  EXPECT_EQ(place.left, 0);
  EXPECT_EQ(place.top, 80);  // (640 - 479) / 2, cut
  const DetectorInput corner{
      .size = {416, 416}, .framing = Framing::letterbox_corner, .rounds_down = true};
  EXPECT_EQ(corner.placement({375, 501}).top, 0);
  const Box box{10, 20, 110, 220};
  for (const DetectorInput& input : {middle, corner, DetectorInput{.size = {320, 640}}}) {
    const Placement there = input.placement({375, 501});
    const Box back = there.to_picture(there.to_input(box));
    EXPECT_NEAR(back.left, box.left, 1e-9);
    EXPECT_NEAR(back.top, box.top, 1e-9);
    EXPECT_NEAR(back.right, box.right, 1e-9);
    EXPECT_NEAR(back.bottom, box.bottom, 1e-9);
  }
  const DetectorInput stretched{.size = {750, 501}};
  EXPECT_EQ(stretched.placement({375, 501}).to_input(box), (Box{10, 40, 110, 440}));
}

TEST(DetectorInput, IsReadAsItIsWritten) {
  const DetectorInput input{.size = {320, 416},
                            .framing = Framing::letterbox_corner,
                            .stretch = StretchKind::corners,
                            .rounds_down = true,
                            .pad = 127.5,
                            .channels = 1,
                            .bgr = true,
                            .scale = 1};
  EXPECT_EQ(DetectorInput::from_json(input.to_json(), "x"), input);
  Json wrong = input.to_json();
  wrong["framing"] = "squeeze";
  try {
    DetectorInput::from_json(wrong, "p.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr("p.json: \"framing\" is \"squeeze\", expected stretch"));
  }
  wrong = input.to_json();
  wrong["height"] = 0;
  EXPECT_THROW(DetectorInput::from_json(wrong, "x"), Error);
  EXPECT_THROW(DetectorInput::from_json(Json::object(), "x"), Error);
}

TEST(DetectorInput, RefusesOtherChannels) {
  std::vector<float> out(64);
  EXPECT_THROW((DetectorInput{.size = {8, 8}, .channels = 1}).prepare(two_colours(), out), Error);
  EXPECT_THROW((DetectorInput{.size = {8, 8}}).prepare(two_colours(), out), Error);
}

}  // namespace
}  // namespace attune
