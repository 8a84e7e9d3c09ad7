#include "attune/models/yolox/yolox_load.h"

#include <cmath>
#include <optional>

#include "attune/models/detection/detector_load.h"
#include "attune/models/yolox/yolox.h"

namespace attune {

namespace {

DetectorWeights yolox_weights(std::int64_t known_classes) {
  DetectorWeights weights{.known_classes = known_classes};
  for (std::size_t l = 0; l < Yolox::kLevels; ++l) {
    for (const char* part : {"weight", "bias"}) {
      weights.class_tensors.push_back({fmt::format("head.cls_preds.{}.{}", l, part), 1, 0});
    }
  }
  // yolo_head.py, initialize_biases: as rare as objects are at first.
  weights.set_bias = [](const std::string& name, const at::Tensor& bias) {
    if (!name.starts_with("head.reg_preds.")) bias.fill_(-std::log(99.0));
  };
  return weights;
}

LoadedDetector build_yolox(YoloxConfig config, const std::optional<CheckpointFile>& file,
                           const std::string& source, const DetectorHeadOptions& head) {
  const std::vector<std::string> known = config.labels;
  config.labels = asked_classes(known, head);
  // Of a side that is not both, preprocessor_config.json alone can tell.
  if (head.input_size && head.input_size->height == head.input_size->width) {
    config.image_size = head.input_size->height;
  }
  check_detector_size(config.parameters(), file, source);
  const ClassRows rows = class_rows(known, config.labels);
  auto model = std::make_shared<Yolox>(std::move(config));
  LoadReport report =
      fill_detector(*model, file, source, yolox_weights(std::ssize(known)), rows, head.seed);
  const DetectorInput input = model->info().input;
  return {std::move(model), std::move(report), input};
}

}  // namespace

LoadedDetector open_yolox(const FolderCheckpoint& checkpoint, const DetectorHeadOptions& head) {
  return build_yolox(YoloxConfig::from_json(checkpoint.config, checkpoint.source),
                     checkpoint.weights, checkpoint.source, head);
}

LoadedDetector make_yolox(const Json& config, const std::string& source,
                          const DetectorHeadOptions& head) {
  return build_yolox(YoloxConfig::from_json(config, source), std::nullopt, source, head);
}

}  // namespace attune
