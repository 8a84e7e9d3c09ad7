#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/adapt/frozen_features.h"
#include "attune/feed/image/image_loader.h"
#include "attune/feed/image/pixels.h"
#include "attune/models/image/image_classifier.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/classification/step.h"

namespace attune {

/// Pixels on their way into a model, with the features of its frozen part kept where they do not
/// change from epoch to epoch.
class ImageFeed {
 public:
  struct Options {
    std::int64_t threads = 0;
    std::shared_ptr<CacheBudget> budget;  ///< of the features; null: they are kept in a file
    fs::path cache_folder;
    std::int64_t cached_views = 0;  ///< of pictures that change at random; 0: nothing is kept
  };

  /// The references must outlive the object.
  ImageFeed(ImageClassifier& model, const PixelSource& source, std::int64_t examples,
            const Options& options);
  ImageFeed(const ImageFeed&) = delete;
  ImageFeed& operator=(const ImageFeed&) = delete;

  /// `recur`: the examples come again with that group, so that their features are worth keeping.
  void announce(std::span<const std::int64_t> examples, std::int64_t epoch,
                std::int64_t first_trained_group, bool recur = true);
  /// Float [N, C, H, W].
  at::Tensor pixels(std::span<const std::int64_t> examples, std::int64_t epoch);
  /// The state that enters `first_trained_group`: pixels for group 0.
  Activations state(std::span<const std::int64_t> examples, std::int64_t epoch,
                    std::int64_t first_trained_group, bool recur = true);

 private:
  bool is_cached(std::int64_t first_trained_group) const;
  void announce_after(std::span<const std::int64_t> batch, std::int64_t view);

  ImageClassifier& model_;
  std::int64_t examples_, views_;
  ImageLoader loader_;
  FrozenFeatures frozen_;
};

/// Trains an image classifier: the task's side of the training loop.
class ImageClassificationStep : public ClassificationStep {
 public:
  /// The references must outlive the object.
  ImageClassificationStep(ImageClassifier& model, const ImageDataset& train,
                          const PixelSource& source, Targets targets, ClassificationLoss loss,
                          const AugmentOptions& augment, const ImageFeed::Options& feed);

  nn::Module& model() override { return model_; }
  std::vector<std::int64_t> example_lengths() const override;
  std::string example_name(std::int64_t example) const override;
  void announce(Examples examples, const StepContext& context) override;
  /// Some batch will be a single picture: before anything is learned the model is asked whether it
  /// can train on that (batch normalisation of a 1 by 1 map cannot), rather than at the end of an
  /// epoch. Its statistics stay as they are.
  void expect_single_pictures(const PixelShape& shape) { single_ = shape; }

 protected:
  /// With Mixup or CutMix the losses of both pictures that are mixed, by their shares.
  at::Tensor loss_sum(Examples examples, const StepContext& context) override;
  at::Tensor logits(Examples examples, const StepContext& context) override;

 private:
  at::Tensor run(const Activations& state, const StepContext& context);
  void check_single_picture(const PixelShape& shape);

  std::optional<PixelShape> single_;
  ImageClassifier& model_;
  const ImageDataset& train_;
  AugmentOptions augment_;
  ImageFeed feed_;
};

/// Everything an evaluation of `data` needs. The references must outlive the result.
EvaluationInput image_evaluation_input(ImageClassifier& model, ImageFeed& feed,
                                       const ImageDataset& data, ProblemType problem,
                                       std::vector<std::string> labels);

}  // namespace attune
