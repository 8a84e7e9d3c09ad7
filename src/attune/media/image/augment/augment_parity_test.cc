// Golden: tests/parity/augment/make_golden.py (torchvision.transforms.v2 on PIL pictures).
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "attune/base/coding/hash.h"
#include "attune/base/json.h"
#include "attune/media/image/augment/affine.h"
#include "attune/media/image/augment/color_ops.h"
#include "attune/media/image/augment/draws.h"
#include "attune/media/image/augment/mix.h"
#include "attune/media/image/augment/policy.h"
#include "attune/media/image/testing/noise.h"

namespace attune {
namespace {

const Json& golden() {
  static const Json json =
      read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/augment/augment.json");
  return json;
}

std::vector<std::uint8_t> from_hex(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Image picture(const std::string& name) {
  const Json& json = golden().at("pictures").at(name);
  Image image(json.at("height"), json.at("width"), json.at("channels"));
  image.samples = from_hex(json.at("samples"));
  return image;
}

Image affine(const Image& image, const std::vector<double>& a, Sampling sampling) {
  const AffineParameters parameters = {
      .angle = a[0], .translate_x = a[1], .translate_y = a[2], .shear_x = a[3], .shear_y = a[4]};
  const double x = static_cast<double>(image.width) * 0.5;
  const double y = static_cast<double>(image.height) * 0.5;
  return transform_affine(image, inverse_affine(parameters, x, y), sampling);
}

Image run(const std::string& op, const Image& image, const std::vector<double>& values) {
  using Args = const std::vector<double>&;
  static const std::map<std::string, std::function<Image(const Image&, Args)>> operations = {
      {"brightness", [](const Image& i, Args a) { return adjust_brightness(i, a[0]); }},
      {"contrast", [](const Image& i, Args a) { return adjust_contrast(i, a[0]); }},
      {"saturation", [](const Image& i, Args a) { return adjust_saturation(i, a[0]); }},
      {"hue", [](const Image& i, Args a) { return adjust_hue(i, a[0]); }},
      {"sharpness", [](const Image& i, Args a) { return adjust_sharpness(i, a[0]); }},
      {"posterize", [](const Image& i, Args a) { return posterize(i, static_cast<int>(a[0])); }},
      {"solarize", [](const Image& i, Args a) { return solarize(i, a[0]); }},
      {"autocontrast", [](const Image& i, Args) { return autocontrast(i); }},
      {"equalize", [](const Image& i, Args) { return equalize(i); }},
      {"rotate_nearest", [](const Image& i, Args a) { return rotate(i, a[0], Sampling::nearest); }},
      {"rotate_bilinear",
       [](const Image& i, Args a) { return rotate(i, a[0], Sampling::bilinear); }},
      {"affine_nearest", [](const Image& i, Args a) { return affine(i, a, Sampling::nearest); }},
      {"affine_bilinear", [](const Image& i, Args a) { return affine(i, a, Sampling::bilinear); }},
  };
  return operations.at(op)(image, values);
}

TEST(AugmentParity, EveryOperationEqualsTorchvisionBitByBit) {
  for (const Json& test : golden().at("cases")) {
    SCOPED_TRACE(test.at("op").dump() + test.at("args").dump() + test.at("input").dump());
    const Image result = run(test.at("op"), picture(test.at("input")), test.at("args"));
    EXPECT_EQ(result.samples, from_hex(test.at("output")));
  }
}

TEST(AugmentParity, LargerPicturesHaveTheSameDigests) {
  const Image image = noise(64, 64, 3, 9);
  for (const Json& test : golden().at("digests")) {
    SCOPED_TRACE(test.at("op").dump() + test.at("args").dump());
    const Image result = run(test.at("op"), image, test.at("args"));
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(result.samples))),
              test.at("sha256").get<std::string>());
  }
}

TEST(AugmentParity, FloatPicturesRotateAsPillows) {
  const Json& json = golden().at("float_rotations");
  FloatImage image(json.at("height"), json.at("width"), 1);
  image.samples = json.at("samples").get<std::vector<float>>();
  for (const Json& test : json.at("cases")) {
    const double degrees = test.at("degrees");
    EXPECT_EQ(rotate(image, degrees, Sampling::nearest).samples,
              test.at("nearest").get<std::vector<float>>());
    EXPECT_EQ(rotate(image, degrees, Sampling::bilinear).samples,
              test.at("bilinear").get<std::vector<float>>());
  }
}

TEST(AugmentParity, PolicyTablesEqualTorchvisions) {
  const Json& json = golden().at("policies");
  const Size size = {json.at("height"), json.at("width")};
  for (const auto& [name, table] : json.at("spaces").items()) {
    const PolicySpace space =
        name == "rand_augment" ? PolicySpace::rand_augment : PolicySpace::trivial_augment_wide;
    const auto names = enum_names(PolicyOp{});
    ASSERT_EQ(table.size(), names.size());
    for (const auto& [op, op_name] : names) {
      SCOPED_TRACE(name + " " + std::string(op_name));
      const Json& entry = table.at(std::string(op_name));
      EXPECT_EQ(is_signed(op), entry.at("signed").get<bool>());
      for (int bin = 0; bin < kMagnitudeBins; ++bin) {
        const std::optional<double> magnitude = policy_magnitude(space, op, bin, size);
        ASSERT_EQ(magnitude.has_value(), !entry.at("magnitudes").is_null());
        if (magnitude) {
          EXPECT_EQ(*magnitude, entry.at("magnitudes").at(static_cast<std::size_t>(bin))) << bin;
        }
      }
    }
  }
}

TEST(AugmentParity, PolicyStepsEqualTorchvisions) {
  const Image image = picture("noise");
  for (const Json& test : golden().at("policy_steps")) {
    SCOPED_TRACE(test.at("space").dump() + test.at("op").dump() + test.at("bin").dump());
    const PolicySpace space = test.at("space") == "rand_augment"
                                  ? PolicySpace::rand_augment
                                  : PolicySpace::trivial_augment_wide;
    const PolicyOp op = config::enum_value<PolicyOp>(test.at("op").get<std::string>()).value();
    const double magnitude = policy_magnitude(space, op, test.at("bin"), image.size()).value_or(0) *
                             test.at("sign").get<double>();
    EXPECT_EQ(apply_policy_step(image, {op, magnitude}).samples, from_hex(test.at("output")));
  }
}

constexpr int kDraws = 20000;

/// Means within five standard errors of the peer's (both are estimates), spreads within 5 %.
void expect_same_distribution(const Json& expected,
                              const std::function<std::vector<double>(Draws&)>& draw) {
  std::vector<double> sum, squares;
  int rows = 0;
  for (int i = 0; i < kDraws; ++i) {
    Draws draws(AugmentKey{1, 2, static_cast<std::uint64_t>(i)}, "test");
    const std::vector<double> row = draw(draws);
    if (row.empty()) continue;
    ++rows;
    sum.resize(row.size());
    squares.resize(row.size());
    for (std::size_t j = 0; j < row.size(); ++j) {
      sum[j] += row[j];
      squares[j] += row[j] * row[j];
    }
  }
  ASSERT_EQ(sum.size(), expected.at("mean").size());
  for (std::size_t j = 0; j < sum.size(); ++j) {
    const double mean = sum[j] / rows,
                 std = std::sqrt(std::max(0.0, squares[j] / rows - mean * mean));
    const double peer_std = expected.at("std").at(j).get<double>();
    EXPECT_NEAR(mean, expected.at("mean").at(j).get<double>(),
                5 * peer_std * std::sqrt(2.0 / rows) + 1e-12)
        << "column " << j;
    EXPECT_NEAR(std, peer_std, 0.05 * peer_std + 1e-6) << "column " << j;
  }
  if (expected.contains("share")) {
    EXPECT_NEAR(static_cast<double>(rows) / kDraws, expected.at("share").get<double>(), 0.02);
  }
}

TEST(AugmentParity, CropsAreDrawnAsTorchvisions) {
  for (const Json& test : golden().at("distributions").at("crop")) {
    const Size size = {test.at("height"), test.at("width")};
    SCOPED_TRACE(size.width);
    expect_same_distribution(test, [&](Draws& draws) -> std::vector<double> {
      const PixelBox box = draw_resized_crop(draws, size, {});
      const auto height = static_cast<double>(box.height), width = static_cast<double>(box.width);
      return {static_cast<double>(box.top),
              static_cast<double>(box.left),
              height,
              width,
              std::log(width / height),
              height * width};
    });
  }
}

TEST(AugmentParity, ErasingsAreDrawnAsTorchvisions) {
  for (const Json& test : golden().at("distributions").at("erasing")) {
    const Size size = {test.at("height"), test.at("width")};
    SCOPED_TRACE(size.width);
    expect_same_distribution(test, [&](Draws& draws) -> std::vector<double> {
      const std::optional<PixelBox> box = draw_erasing(draws, size);
      if (!box) return {};
      return {static_cast<double>(box->top), static_cast<double>(box->left),
              static_cast<double>(box->height), static_cast<double>(box->width)};
    });
  }
}

TEST(AugmentParity, JitterIsDrawnAsTorchvisions) {
  const AugmentOptions options = {.jitter_brightness = 0.4,
                                  .jitter_contrast = 1.5,
                                  .jitter_saturation = 0.2,
                                  .jitter_hue = 0.1};
  expect_same_distribution(
      golden().at("distributions").at("jitter"), [&](Draws& draws) -> std::vector<double> {
        const ColorJitter jitter = draw_color_jitter(draws, options);
        const auto first =
            std::find(jitter.order.begin(), jitter.order.end(), ColorJitter::brightness);
        return {jitter.factors[0].value(), jitter.factors[1].value(), jitter.factors[2].value(),
                jitter.factors[3].value(), static_cast<double>(first - jitter.order.begin())};
      });
}

TEST(AugmentParity, CutMixIsDrawnAsTorchvisions) {
  for (const Json& test : golden().at("distributions").at("cutmix")) {
    const AugmentOptions options = {.cutmix_alpha = test.at("alpha")};
    const Size size = {test.at("height"), test.at("width")};
    SCOPED_TRACE(options.cutmix_alpha);
    std::uint64_t batch = 0;
    expect_same_distribution(test, [&](Draws&) -> std::vector<double> {
      const BatchMix mix = draw_mix(options, Rng(3, "mix", 0, batch++), size).value();
      const PixelBox& box = mix.box.value();
      return {mix.lambda, static_cast<double>(box.left), static_cast<double>(box.top),
              static_cast<double>(box.left + box.width), static_cast<double>(box.top + box.height)};
    });
  }
}

}  // namespace
}  // namespace attune
