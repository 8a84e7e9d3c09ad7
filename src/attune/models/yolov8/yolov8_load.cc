#include "attune/models/yolov8/yolov8_load.h"

#include <cmath>
#include <optional>

#include "attune/base/log.h"
#include "attune/models/detection/detector_load.h"
#include "attune/models/yolov8/yolov8.h"

namespace attune {

namespace {

DetectorWeights yolov8_weights(const Yolov8Config& config, std::int64_t known_classes) {
  DetectorWeights weights{.known_classes = known_classes};
  const std::string classes = fmt::format("model.{}.cv3.", config.head_layer());
  for (std::size_t l = 0; l < Yolov8::kLevels; ++l) {
    for (const char* part : {"weight", "bias"}) {
      weights.class_tensors.push_back({fmt::format("{}{}.2.{}", classes, l, part), 1, 0});
    }
  }
  // Distances begin alike; of classes five objects are expected in a picture of 640 pixels.
  const auto count = static_cast<double>(config.labels.size());
  weights.set_bias = [classes, count](const std::string& name, const at::Tensor& bias) {
    if (!name.starts_with(classes)) return bias.fill_(1.0), void();
    const int level = name[classes.size()] - '0';
    const double cells = std::pow(640.0 / (8 << level), 2);
    bias.fill_(std::log(5 / count / cells));
  };
  return weights;
}

LoadedDetector build_yolov8(Yolov8Config config, const std::optional<CheckpointFile>& file,
                            const std::string& source, const DetectorHeadOptions& head) {
  const std::vector<std::string> known = config.labels;
  config.labels = asked_classes(known, head);
  if (head.input_size && head.input_size->height == head.input_size->width) {
    config.image_size = head.input_size->height;
  }
  check_detector_size(config.parameters(), file, source);
  if (!config.license.empty()) {
    log_info("{}: its licence, as the checkpoint states it: {}", source, config.license);
  }
  const ClassRows rows = class_rows(known, config.labels);
  const DetectorWeights weights = yolov8_weights(config, std::ssize(known));
  auto model = std::make_shared<Yolov8>(std::move(config));
  LoadReport report = fill_detector(*model, file, source, weights, rows, head.seed);
  const DetectorInput input = model->info().input;
  return {std::move(model), std::move(report), input};
}

}  // namespace

LoadedDetector open_yolov8(const FolderCheckpoint& checkpoint, const DetectorHeadOptions& head) {
  return build_yolov8(Yolov8Config::from_json(checkpoint.config, checkpoint.source),
                      checkpoint.weights, checkpoint.source, head);
}

LoadedDetector make_yolov8(const Json& config, const std::string& source,
                           const DetectorHeadOptions& head) {
  return build_yolov8(Yolov8Config::from_json(config, source), std::nullopt, source, head);
}

}  // namespace attune
