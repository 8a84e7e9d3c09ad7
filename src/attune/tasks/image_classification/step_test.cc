#include "attune/tasks/image_classification/step.h"

#include <numeric>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/media/image/augment/mix.h"
#include "attune/models/registry.h"

namespace attune {
namespace {

/// Twelve grey pictures of 32x32 in a block, labels 0 1 2 0 1 2 ...
struct Pictures {
  std::vector<std::uint8_t> samples;
  ImageDataset dataset{.label_names = {"a", "b", "c"}};

  Pictures() : samples(12 * 32 * 32 * 3) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
    }
    dataset.blocks.push_back({.name = "block",
                              .count = 12,
                              .height = 32,
                              .width = 32,
                              .channels = 3,
                              .samples = samples});
    for (std::int64_t n = 0; n < 12; ++n) {
      dataset.examples.push_back({.block = 0, .index = n, .label = n % 3});
    }
  }
};

class ImageFeedTest : public ::testing::Test {
 protected:
  PixelSource source(const AugmentOptions& augment) const {
    const auto processor = ImageProcessor(loaded_.preprocessing, "test");
    return {pictures_.dataset, processor, {}, augment, 7};
  }

  Pictures pictures_;
  LoadedImageClassifier loaded_ = make_image_classifier({}, "resnet20_cifar", {.num_labels = 3});
  std::vector<std::int64_t> batch_ = {3, 0, 11};
};

TEST_F(ImageFeedTest, CachedFeaturesAreThoseOfTheNetwork) {
  loaded_.model->eval();
  const PixelSource plain = source({});
  ImageFeed feed(*loaded_.model, plain, 12, {.budget = std::make_shared<CacheBudget>(1 << 24)});
  const at::NoGradGuard no_grad;
  for (const std::int64_t first : {1, 3}) {
    const at::Tensor expected = loaded_.model->run(feed.pixels(batch_, 0), 0, first).only();
    const at::Tensor cached = feed.state(batch_, 5, first).only();
    EXPECT_EQ(cached.sizes(), expected.sizes());
    EXPECT_LT((cached - expected).abs().max().item<double>(), 1e-4) << first;
  }
}

TEST_F(ImageFeedTest, ViewsOfRandomPicturesGoRound) {
  loaded_.model->eval();
  const PixelSource random = source({.horizontal_flip = 0.5, .vertical_flip = 0.5});
  ImageFeed feed(*loaded_.model, random, 12,
                 {.budget = std::make_shared<CacheBudget>(1 << 24), .cached_views = 2});
  const at::Tensor first = feed.state(batch_, 0, 2).only(),
                   second = feed.state(batch_, 1, 2).only();
  EXPECT_FALSE(at::equal(first, second));
  EXPECT_TRUE(at::equal(first, feed.state(batch_, 2, 2).only()));
  EXPECT_TRUE(at::equal(second, feed.state(batch_, 3, 2).only()));
  const at::NoGradGuard no_grad;  // view v shows the pictures as epoch v does
  const at::Tensor expected = loaded_.model->run(feed.pixels(batch_, 1), 0, 2).only();
  EXPECT_LT((second - expected).abs().max().item<double>(), 1e-4);
}

// Of a head's first updates, in which no picture comes twice: the others would be computed in vain.
TEST_F(ImageFeedTest, NothingIsKeptOfPicturesThatDoNotComeAgain) {
  loaded_.model->eval();
  const PixelSource plain = source({});
  const auto budget = std::make_shared<CacheBudget>(1 << 24);
  ImageFeed feed(*loaded_.model, plain, 12, {.budget = budget});
  feed.announce(batch_, 0, 2, false);
  const at::Tensor state = feed.state(batch_, 0, 2, false).only();
  EXPECT_EQ(budget->left(), 1 << 24);
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(state, loaded_.model->run(feed.pixels(batch_, 0), 0, 2).only()));
}

TEST_F(ImageFeedTest, WithoutViewsFrozenPartsRunAnew) {
  loaded_.model->eval();
  const PixelSource random = source({.horizontal_flip = 0.5});
  ImageFeed feed(*loaded_.model, random, 12, {.budget = std::make_shared<CacheBudget>(1 << 24)});
  const at::Tensor state = feed.state(batch_, 4, 2).only();
  EXPECT_FALSE(state.requires_grad());
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(state, loaded_.model->run(feed.pixels(batch_, 4), 0, 2).only()));
}

/// Mixed by hand with the numbers that the step draws.
TEST_F(ImageFeedTest, MixedLossIsThatOfMixedPixelsAndTargets) {
  const PixelSource plain = source({});
  ImageFeed feed(*loaded_.model, plain, 12, {});
  const ClassificationLoss loss(ProblemType::single_label_classification, {});
  loaded_.model->eval();
  const at::Tensor pixels = feed.pixels(batch_, 0), other = pixels.roll({1}, {0});
  const at::Tensor own = at::tensor({0, 0, 2}, at::kLong), others = own.roll({1}, {0});
  for (const bool cuts : {false, true}) {
    const AugmentOptions augment{.mixup_alpha = cuts ? 0 : 0.4, .cutmix_alpha = cuts ? 1.0 : 0};
    const auto mix = draw_mix(augment, Rng(3, "mix", 1, 0), {32, 32});
    ASSERT_TRUE(mix.has_value());
    ASSERT_EQ(mix->box.has_value(), cuts);
    at::Tensor mixed = mix->lambda * pixels + (1 - mix->lambda) * other;
    if (cuts) {
      const PixelBox& box = *mix->box;
      const at::Tensor inside = at::zeros({1, 1, 32, 32}, at::kBool);
      inside.narrow(2, box.top, box.height).narrow(3, box.left, box.width).fill_(true);
      mixed = at::where(inside, other, pixels);
      EXPECT_NEAR(mix->lambda, 1 - static_cast<double>(box.height * box.width) / 1024, 1e-9);
    }
    const at::Tensor logits = loaded_.model->forward(mixed);
    const double expected = mix->lambda * loss.sum(logits, own).item<double>() +
                            (1 - mix->lambda) * loss.sum(logits, others).item<double>();
    ImageClassificationStep step(*loaded_.model, pictures_.dataset, plain,
                                 at::tensor({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}, at::kLong), loss,
                                 augment, {});
    const double got = step.loss(batch_, {.seed = 3, .global_step = 1}).sum.item<double>();
    EXPECT_NEAR(got, expected, 1e-5) << cuts;
  }
}

TEST_F(ImageFeedTest, ASinglePictureIsToldOfBeforeAnythingIsLearned) {
  const PixelSource plain = source({});
  const auto step_of = [&](ImageClassifier& model) {
    return ImageClassificationStep(model, pictures_.dataset, plain,
                                   at::tensor({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}, at::kLong),
                                   ClassificationLoss(ProblemType::single_label_classification, {}),
                                   {}, {});
  };
  // Of 32 x 32 pixels a ResNet for large pictures makes 1 x 1 maps: one of them has no variance.
  const auto large = make_image_classifier({}, "resnet18", {.num_labels = 3});
  large.model->train();
  ImageClassificationStep narrow = step_of(*large.model);
  EXPECT_NO_THROW(narrow.loss(batch_, {}));
  narrow.expect_single_pictures({3, 32, 32});
  EXPECT_THAT(error_of(ErrorKind::user, [&] { narrow.loss(batch_, {}); }),
              testing::AllOf(testing::HasSubstr("12 training pictures leave a batch of one"),
                             testing::HasSubstr("--dataloader-drop-last")));
  // 8 x 8 maps have one; looking leaves no trace.
  loaded_.model->train();
  const auto buffers = [&] {
    std::vector<at::Tensor> all;
    for (const auto& buffer : loaded_.model->named_buffers()) all.push_back(buffer.tensor.clone());
    return all;
  };
  ImageClassificationStep wide = step_of(*loaded_.model);
  const std::vector<at::Tensor> start = buffers();
  wide.loss(batch_, {});
  const std::vector<at::Tensor> once = buffers();
  std::size_t i = 0;
  for (const auto& buffer : loaded_.model->named_buffers()) buffer.tensor.copy_(start[i++]);
  wide.expect_single_pictures({3, 32, 32});
  wide.loss(batch_, {});
  const std::vector<at::Tensor> looked = buffers();
  for (i = 0; i < once.size(); ++i) EXPECT_TRUE(at::equal(once[i], looked[i])) << i;
}

}  // namespace
}  // namespace attune
