#include "attune/nn/speech/conv_features.h"

#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/nn/init.h"
#include "attune/nn/speech/packed_audio.h"

namespace attune::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Segments kClips = {{0, 205, 245, 760}};

ConvFeatureOptions options(FeatureNorm norm) {
  // Strides that do not divide the clips, a kernel as long as its stride, one longer than it.
  return {
      .layers = {{6, 10, 5}, {5, 3, 2}, {7, 2, 2}}, .bias = true, .norm = norm, .norm_eps = 1e-3};
}

std::shared_ptr<ConvFeatureEncoder> make(const ConvFeatureOptions& o) {
  auto encoder = std::make_shared<ConvFeatureEncoder>(o);
  const at::NoGradGuard no_grad;
  for (const NamedTensor& item : encoder->named_parameters()) {
    at::Tensor drawn = at::zeros(item.tensor.sizes());
    fill_normal(drawn, 0.4, Rng(3, item.name));
    item.tensor.add_(drawn);
  }
  return encoder;
}

at::Tensor samples(std::int64_t count = kClips.rows()) {
  at::Tensor x = at::zeros({count});
  fill_normal(x, 1.0, Rng(1, "samples"));
  return x + 0.3;
}

// One clip in double, in torch's layout [1, C, T].
at::Tensor plain(const ConvFeatureEncoder& encoder, FeatureNorm norm, const at::Tensor& clip) {
  at::Tensor x = clip.to(at::kDouble).view({1, 1, -1});
  const std::vector<std::int64_t> strides = {5, 2, 2};
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const auto parameter = [&](const std::string& name) {
      return encoder.tensor(fmt::format("conv_layers.{}.{}", i, name)).detach().to(at::kDouble);
    };
    x = at::conv1d(x, parameter("conv.weight"), parameter("conv.bias"), strides[i]);
    if (norm == FeatureNorm::layer) {
      x = at::layer_norm(x.transpose(1, 2), {x.size(1)}, parameter("layer_norm.weight"),
                         parameter("layer_norm.bias"), 1e-3)
              .transpose(1, 2);
    } else if (i == 0) {
      x = at::group_norm(x, x.size(1), parameter("layer_norm.weight"), parameter("layer_norm.bias"),
                         1e-3);
    }
    x = at::gelu(x);
  }
  return x.squeeze(0).t();
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

class EachNorm : public ::testing::TestWithParam<FeatureNorm> {};
INSTANTIATE_TEST_SUITE_P(ConvFeatureEncoder, EachNorm,
                         ::testing::Values(FeatureNorm::group, FeatureNorm::layer),
                         [](const auto& test) {
                           return test.param == FeatureNorm::group ? "group" : "layer";
                         });

TEST_P(EachNorm, EqualsEachClipConvolvedAlone) {
  const auto encoder = make(options(GetParam()));
  const at::Tensor x = samples(), got = encoder->forward(x, kClips);
  std::vector<at::Tensor> clips;
  for (std::int64_t n = 0; n < kClips.count(); ++n) {
    clips.push_back(
        plain(*encoder, GetParam(),
              x.narrow(0, kClips.offsets[static_cast<std::size_t>(n)], kClips.length(n))));
  }
  EXPECT_THAT(encoder->frames(kClips).offsets, ElementsAre(0, 9, 10, 35));
  EXPECT_EQ(got.sizes(), at::IntArrayRef({35, 7}));
  EXPECT_LT(distance(got, at::cat(clips)), 2e-6);
}

TEST_P(EachNorm, AClipDoesNotDependOnItsBatch) {
  const auto encoder = make(options(GetParam()));
  const at::Tensor x = samples(), whole = encoder->forward(x, kClips);
  const Segments frames = encoder->frames(kClips);
  for (std::int64_t n = 0; n < kClips.count(); ++n) {
    const auto at = static_cast<std::size_t>(n);
    const at::Tensor alone = encoder->forward(x.narrow(0, kClips.offsets[at], kClips.length(n)),
                                              Segments{{0, kClips.length(n)}});
    EXPECT_LT(distance(alone, whole.narrow(0, frames.offsets[at], frames.length(n))), 1e-6) << n;
  }
}

TEST(ConvFeatureEncoder, PaddedStatisticsAreThoseOfTheFilledClip) {
  ConvFeatureOptions o = options(FeatureNorm::group);
  o.padded_statistics = true;
  const auto encoder = make(o);
  const at::Tensor x = samples(), got = encoder->forward(x, kClips);
  const Segments frames = encoder->frames(kClips);
  for (std::int64_t n = 0; n < kClips.count(); ++n) {
    const auto at = static_cast<std::size_t>(n);
    const at::Tensor clip = x.narrow(0, kClips.offsets[at], kClips.length(n));
    const at::Tensor filled = at::cat({clip, at::zeros({515 - clip.size(0)})});
    const at::Tensor want =
        plain(*encoder, FeatureNorm::group, filled).narrow(0, 0, frames.length(n));
    // Mostly zeros, so that a small deviation divides: rounding grows.
    EXPECT_LT(distance(got.narrow(0, frames.offsets[at], frames.length(n)), want), 1e-5) << n;
  }
  // The switch does something: the shortest clip is another one without it.
  const at::Tensor ignored = make(options(FeatureNorm::group))->forward(x, kClips);
  EXPECT_GT(distance(ignored.narrow(0, 9, 1), got.narrow(0, 9, 1)), 0.01);
}

TEST_P(EachNorm, GradientsAreThoseOfTheClipsAlone) {
  const auto encoder = make(options(GetParam()));
  const at::Tensor x = samples();
  encoder->forward(x, kClips).square().sum().backward();
  std::vector<at::Tensor> together;
  for (const NamedTensor& item : encoder->named_parameters()) {
    together.push_back(item.tensor.grad().clone());
  }
  encoder->zero_grad();
  for (std::int64_t n = 0; n < kClips.count(); ++n) {
    encoder
        ->forward(x.narrow(0, kClips.offsets[static_cast<std::size_t>(n)], kClips.length(n)),
                  Segments{{0, kClips.length(n)}})
        .square()
        .sum()
        .backward();
  }
  for (std::size_t i = 0; i < together.size(); ++i) {
    const NamedTensor item = encoder->named_parameters()[i];
    EXPECT_LT(distance(together[i], item.tensor.grad()),
              1e-5 * (1 + together[i].abs().max().item<double>()))
        << item.name;
  }
}

TEST(ConvFeatureEncoder, CountsFrames) {
  // wav2vec 2.0's own: 400 samples for the first frame, 320 for each further one.
  const ConvFeatureEncoder encoder(
      {.layers = {{2, 10, 5}, {2, 3, 2}, {2, 3, 2}, {2, 3, 2}, {2, 3, 2}, {2, 2, 2}, {2, 2, 2}}});
  EXPECT_EQ(encoder.frames(0), 0);
  EXPECT_EQ(encoder.frames(399), 0);
  EXPECT_EQ(encoder.frames(400), 1);
  EXPECT_EQ(encoder.frames(719), 1);
  EXPECT_EQ(encoder.frames(720), 2);
  EXPECT_EQ(encoder.frames(16000), 49);
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] {
                         encoder.frames(Segments{{0, 500, 800}});
                       }),
              HasSubstr("clip 1 of the batch has 300 samples, too few"));
}

TEST(PackAudio, LeavesPaddingOut) {
  const at::Tensor padded = samples(12).view({2, 6});
  const std::vector<std::int64_t> lengths = {4, 6};
  const PackedAudio packed = pack_audio(padded, lengths);
  EXPECT_THAT(packed.clips.offsets, ElementsAre(0, 4, 10));
  EXPECT_EQ(distance(packed.samples, at::cat({padded[0].narrow(0, 0, 4), padded[1]})), 0);
  const std::vector<std::int64_t> wrong = {4, 7};
  EXPECT_THAT(error_of(ErrorKind::user, [&] { pack_audio(padded, wrong); }),
              HasSubstr("clip 1 has 7 samples, expected 1 to 6"));
}

}  // namespace
}  // namespace attune::nn
