#include "attune/tasks/image_classification/step.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

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
  ImageFeed feed(*loaded_.model, plain, 12, {.cache_bytes = 1 << 24});
  const at::NoGradGuard no_grad;
  for (const std::int64_t first : {1, 3}) {
    const at::Tensor expected = loaded_.model->run(feed.pixels(batch_, 0), 0, first);
    const at::Tensor cached = feed.state(batch_, 5, first);
    EXPECT_EQ(cached.sizes(), expected.sizes());
    EXPECT_LT((cached - expected).abs().max().item<double>(), 1e-4) << first;
  }
}

TEST_F(ImageFeedTest, ViewsOfRandomPicturesGoRound) {
  loaded_.model->eval();
  const PixelSource random = source({.horizontal_flip = 0.5, .vertical_flip = 0.5});
  ImageFeed feed(*loaded_.model, random, 12, {.cache_bytes = 1 << 24, .cached_views = 2});
  const at::Tensor first = feed.state(batch_, 0, 2), second = feed.state(batch_, 1, 2);
  EXPECT_FALSE(at::equal(first, second));
  EXPECT_TRUE(at::equal(first, feed.state(batch_, 2, 2)));
  EXPECT_TRUE(at::equal(second, feed.state(batch_, 3, 2)));
}

TEST_F(ImageFeedTest, WithoutViewsFrozenPartsRunAnew) {
  loaded_.model->eval();
  const PixelSource random = source({.horizontal_flip = 0.5});
  ImageFeed feed(*loaded_.model, random, 12, {.cache_bytes = 1 << 24});
  const at::Tensor state = feed.state(batch_, 4, 2);
  EXPECT_FALSE(state.requires_grad());
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(state, loaded_.model->run(feed.pixels(batch_, 4), 0, 2)));
}

/// With one class for all, both pictures that are mixed have the same loss: shares add up to 1.
TEST_F(ImageFeedTest, MixedLossesAddUp) {
  const PixelSource plain = source({});
  const Targets targets = at::ones({12}, at::kLong);
  const AugmentOptions mixup{.mixup_alpha = 0.4};
  const SavedFiles files;
  ImageClassificationStep step(*loaded_.model, pictures_.dataset, plain, targets,
                               ClassificationLoss(ProblemType::single_label_classification, {}),
                               mixup, {}, files);
  loaded_.model->eval();
  const double mixed = step.loss_sum(batch_, {.seed = 3, .global_step = 1}).item<double>();
  const double again = step.loss_sum(batch_, {.seed = 3, .global_step = 1}).item<double>();
  const double other = step.loss_sum(batch_, {.seed = 3, .global_step = 2}).item<double>();
  EXPECT_EQ(mixed, again);
  EXPECT_NE(mixed, other);
  EXPECT_TRUE(std::isfinite(mixed));
}

}  // namespace
}  // namespace attune
