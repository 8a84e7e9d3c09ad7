#include "attune/tasks/image_classification/step.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/lerp.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"
#include "attune/feed/targets.h"
#include "attune/media/image/augment/mix.h"
#include "attune/nn/device.h"

namespace attune {
namespace {

/// The batch mixed with itself, moved on by one.
at::Tensor mixed(const at::Tensor& pixels, const BatchMix& mix) {
  // As torchvision's v2.MixUp and v2.CutMix: the order of examples is random, so no permutation is
  // drawn.
  const at::Tensor other = pixels.roll({1}, {0});
  if (!mix.box) return at::lerp(other, pixels, mix.lambda);
  const PixelBox& box = *mix.box;
  at::Tensor result = pixels.clone();
  const auto part = [&](const at::Tensor& of) {
    return of.narrow(2, box.top, box.height).narrow(3, box.left, box.width);
  };
  part(result).copy_(part(other));
  return result;
}

}  // namespace

ImageFeed::ImageFeed(ImageClassifier& model, const PixelSource& source, std::int64_t examples,
                     const Options& options)
    : model_(model),
      examples_(examples),
      // Pictures that never change have one view; of those that do none is kept unless it is asked
      // for.
      views_(source.is_random() ? options.cached_views : 1),
      loader_([&source](std::int64_t example, std::int64_t epoch,
                        std::span<float> pixels) { source.load(example, epoch, pixels); },
              source.shape(), options.threads),
      // View v of example e has number v * examples + e, and the pixels of epoch v.
      frozen_(examples * std::max<std::int64_t>(views_, 1),
              [this](std::span<const std::int64_t> numbers, std::int64_t first) -> ExampleRows {
                const std::int64_t view = numbers.front() / examples_;  // they are of one
                std::vector<std::int64_t> of_view(numbers.begin(), numbers.end());
                for (std::int64_t& number : of_view) number -= view * examples_;
                const at::Tensor pixels = loader_.take(of_view, view).to(device_of(model_));
                announce_after(of_view, view);
                return {model_.run(pixels, 0, first),
                        {one_row_each(static_cast<std::int64_t>(numbers.size()))}};
              },
              {.budget = options.budget,
               .cache_folder = options.cache_folder,
               // A whole view at once, in the order of the data: the same bits whichever picture is
               // asked for first.
               .together = examples,
               .unit = "pictures"}) {}

/// Features are computed in the order of the pictures, in batches of one size.
void ImageFeed::announce_after(std::span<const std::int64_t> batch, std::int64_t view) {
  std::vector<std::int64_t> next;
  const std::int64_t begin = batch.back() + 1;
  const std::int64_t end = std::min(begin + std::ssize(batch), examples_);
  for (std::int64_t example = begin; example < end; ++example) next.push_back(example);
  if (!next.empty()) loader_.announce(next, view);
}

bool ImageFeed::is_cached(std::int64_t first_trained_group) const {
  return first_trained_group > 0 && views_ > 0;
}

void ImageFeed::announce(std::span<const std::int64_t> examples, std::int64_t epoch,
                         std::int64_t first_trained_group, bool recur) {
  // Cached features are computed in an order of their own, with announcements of their own.
  if (!recur || !is_cached(first_trained_group)) loader_.announce(examples, epoch);
}

at::Tensor ImageFeed::pixels(std::span<const std::int64_t> examples, std::int64_t epoch) {
  return loader_.take(examples, epoch).to(device_of(model_));
}

Activations ImageFeed::state(std::span<const std::int64_t> examples, std::int64_t epoch,
                             std::int64_t first_trained_group, bool recur) {
  if (recur && is_cached(first_trained_group)) {
    std::vector<std::int64_t> numbers(examples.begin(), examples.end());
    // With N views kept, epoch e sees view e modulo N.
    for (std::int64_t& number : numbers) number += epoch % views_ * examples_;
    return frozen_.state(numbers, first_trained_group).to(device_of(model_));
  }
  // New pixels each epoch, or none that come again: the frozen part runs without a graph.
  const at::Tensor input = pixels(examples, epoch);
  if (first_trained_group == 0) return input;
  const at::NoGradGuard no_grad;
  return model_.run(input, 0, first_trained_group);
}

EvaluationInput image_evaluation_input(ImageClassifier& model, ImageFeed& feed,
                                       const ImageDataset& data, ProblemType problem,
                                       std::vector<std::string> labels) {
  const auto groups = static_cast<std::int64_t>(model.depth_groups().size());
  EvaluationInput input{
      .problem = problem,
      .labels = std::move(labels),
      .targets = targets_of(data, problem),
      .unit = "pictures",
      .lengths = std::vector<std::int64_t>(static_cast<std::size_t>(data.size()), 1)};
  input.logits = [=, &model, &feed](std::span<const std::int64_t> examples, std::int64_t first) {
    // What is evaluated is the same in every epoch.
    return model.run(feed.state(examples, 0, first), first, groups).only();
  };
  input.announce = [&feed](std::span<const std::int64_t> examples, std::int64_t first) {
    feed.announce(examples, 0, first);
  };
  return input;
}

ImageClassificationStep::ImageClassificationStep(ImageClassifier& model, const ImageDataset& train,
                                                 const PixelSource& source, Targets targets,
                                                 ClassificationLoss loss,
                                                 const AugmentOptions& augment,
                                                 const ImageFeed::Options& feed)
    : ClassificationStep(std::move(targets), std::move(loss)),
      model_(model),
      train_(train),
      augment_(augment),
      feed_(model, source, train.size(), feed) {}

std::vector<std::int64_t> ImageClassificationStep::example_lengths() const {
  return std::vector<std::int64_t>(static_cast<std::size_t>(train_.size()), 1);
}

std::string ImageClassificationStep::example_name(std::int64_t example) const {
  return train_.source_name(example);
}

void ImageClassificationStep::announce(Examples examples, const StepContext& context) {
  // A mixed batch is made of pixels, whatever is frozen.
  feed_.announce(examples, context.epoch,
                 augment_.mixes_batches() ? 0 : context.first_trained_group,
                 context.examples_recur);
}

at::Tensor ImageClassificationStep::run(const Activations& state, const StepContext& context) {
  const auto groups = static_cast<std::int64_t>(model_.depth_groups().size());
  return model_.run(state, context.first_trained_group, groups).only();
}

at::Tensor ImageClassificationStep::logits(Examples examples, const StepContext& context) {
  return run(
      feed_.state(examples, context.epoch, context.first_trained_group, context.examples_recur),
      context);
}

void ImageClassificationStep::check_single_picture(const PixelShape& shape) {
  std::vector<std::pair<at::Tensor, at::Tensor>> kept;
  for (const nn::NamedTensor& buffer : model_.named_buffers()) {
    kept.emplace_back(buffer.tensor, buffer.tensor.clone());
  }
  const at::NoGradGuard no_grad;
  const at::Tensor picture = at::zeros({1, shape.channels, shape.height, shape.width});
  try {
    model_.run(picture.to(device_of(model_)), 0,
               static_cast<std::int64_t>(model_.depth_groups().size()));
  } catch (const Error& error) {
    fail(error.kind(), "{} training pictures leave a batch of one: {}", train_.size(),
         error.what());
  }
  // Running means and variances have moved by a picture that is none.
  for (auto& [buffer, before] : kept) buffer.copy_(before);
}

at::Tensor ImageClassificationStep::loss_sum(Examples examples, const StepContext& context) {
  if (single_) {
    check_single_picture(*single_);
    single_.reset();
  }
  if (!augment_.mixes_batches()) return ClassificationStep::loss_sum(examples, context);
  at::Tensor pixels = feed_.pixels(examples, context.epoch);
  // Keyed by update and part of it: a resumed run mixes as the one that was stopped.
  const Rng rng(context.seed, "mix", static_cast<std::uint64_t>(context.global_step),
                static_cast<std::uint64_t>(context.micro_step));
  std::optional<BatchMix> mix;
  // A picture alone has none to be mixed with.
  if (examples.size() > 1) mix = draw_mix(augment_, rng, {pixels.size(2), pixels.size(3)});
  if (mix) pixels = mixed(pixels, *mix);
  Activations state = pixels;
  if (context.first_trained_group > 0) {
    const at::NoGradGuard no_grad;
    state = model_.run(state, 0, context.first_trained_group);
  }
  const at::Tensor logits = run(state, context);
  const Targets own = select_targets(targets(), examples);
  if (!mix) return criterion().sum(logits, own);
  // Cross-entropy is linear in its targets: two losses by their shares are the loss of the mixed
  // target (Zhang et al. 2018), and class ids stay ids. The weight of the batch is the same for
  // both, as one is the other rolled.
  return mix->lambda * criterion().sum(logits, own) +
         (1 - mix->lambda) * criterion().sum(logits, own.roll({1}, {0}));
}

}  // namespace attune
