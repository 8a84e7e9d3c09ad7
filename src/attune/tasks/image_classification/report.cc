#include "attune/tasks/image_classification/report.h"

#include <algorithm>
#include <span>
#include <utility>

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include "attune/base/process/stop.h"
#include "attune/media/image/encode.h"
#include "attune/media/image/resize.h"
#include "attune/tasks/classification/results/report.h"
#include "attune/tasks/image_classification/explain/grad_cam.h"

namespace attune {
namespace {

constexpr std::int64_t kAugmentedTiles = 12;
constexpr std::int64_t kViewsOfEach = 2;
constexpr std::int64_t kSmallestSide = 96;  // pictures below are enlarged, pixel by pixel
constexpr int kQuality = 85;

/// Of a JPEG: a report holds dozens of them.
std::string uri_of(const Image& image) {
  const std::int64_t side = std::min(image.height, image.width);
  const std::int64_t factor = std::max<std::int64_t>(kSmallestSide / side, 1);
  if (factor == 1) return image_data_uri(encode_jpeg(image, kQuality));
  // PNG, since JPEG would blur the edges of enlarged pixels.
  const Size size{image.height * factor, image.width * factor};
  return image_data_uri(encode_png(resize(image, size, Filter::nearest)));
}

std::vector<std::string> caption_of(const ReportMistake& mistake) {
  const auto with = [](const std::string& label, const std::optional<double>& probability) {
    return probability ? fmt::format("{} ({:.2f})", label, *probability) : label;
  };
  return {"is " + with(mistake.truth, mistake.truth_probability),
          "called " + with(mistake.prediction, mistake.prediction_probability), mistake.where};
}

}  // namespace

std::vector<ImageTile> augmented_tiles(const ImageDataset& train, const PixelSource& pixels) {
  std::vector<ImageTile> tiles;
  const std::int64_t examples = std::min(train.size(), kAugmentedTiles / kViewsOfEach);
  for (std::int64_t n = 0; n < examples; ++n) {
    // Spread over the data: class folders follow each other, and the first ones are of one class.
    const std::int64_t example = n * train.size() / examples;
    for (std::int64_t epoch = 0; epoch < kViewsOfEach; ++epoch) {
      tiles.push_back(
          {.data_uri = uri_of(pixels.view(example, epoch)),
           .caption = {fmt::format("epoch {}", epoch + 1), train.source_name(example)}});
    }
  }
  return tiles;
}

std::vector<ImageTile> mistake_tiles(ImageClassifier& model,
                                     const ClassificationEvaluation& evaluation,
                                     const ImageDataset& data, const PixelSource& pixels,
                                     const EvaluationInput& input) {
  std::vector<ImageTile> tiles;
  const PixelShape shape = pixels.shape();
  for (const Mistake& mistake : evaluation.mistakes) {
    check_stop();
    at::Tensor batch = at::empty({1, shape.channels, shape.height, shape.width});
    pixels.load(mistake.example, 0,
                {batch.mutable_data_ptr<float>(), static_cast<std::size_t>(shape.numel())});
    const at::Tensor heat = grad_cam(model, batch, std::span(&mistake.label, 1));
    const Image picture = pixels.view(mistake.example, 0);
    ReportMistake words = describe_labels(mistake, input.problem, input.labels, input.targets);
    words.where = data.source_name(mistake.example);
    std::vector<std::string> caption = caption_of(words);
    // Of several labels the heat is that of the one it is most wrong about: which, must be said.
    if (input.problem == ProblemType::multi_label_classification) {
      caption.push_back("heat: " + input.labels[static_cast<std::size_t>(mistake.label)]);
    }
    tiles.push_back({.data_uri = uri_of(picture),
                     .caption = std::move(caption),
                     .overlay_uri = uri_of(heat_overlay(picture, heat[0]))});
  }
  return tiles;
}

}  // namespace attune
