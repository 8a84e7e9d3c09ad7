#include "attune/models/darknet/darknet_load.h"

#include <cmath>
#include <map>
#include <numbers>
#include <optional>

#include <ATen/TensorOperators.h>

#include "attune/base/error.h"
#include "attune/models/detection/detector_load.h"
#include "attune/pretrained/formats/darknet/darknet_weights.h"

namespace attune {

namespace {

constexpr std::int64_t kBoxAndObject = 5;

// The convolution before each detection layer.
DetectorWeights darknet_weights(const Darknet& model, std::int64_t known_classes) {
  const auto& layers = model.config().network.layers;
  DetectorWeights weights{.known_classes = known_classes, .gain = std::numbers::sqrt2};
  std::map<std::string, std::int64_t> places;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].kind == DarknetKind::yolo) {
      places[fmt::format("layers.{}.", i - 1)] = std::ssize(layers[i].anchors);
    }
  }
  for (const std::string& name : model.head_tensors()) {
    const std::string prefix = name.substr(0, name.find('.', name.find('.') + 1) + 1);
    weights.class_tensors.push_back({name, places.at(prefix), kBoxAndObject});
  }
  // As rare as objects are at first (Lin et al. 2017, arXiv 1708.02002, section 4.1). Classes are
  // learnt where objects are alone: nothing is known of them beforehand.
  const std::int64_t values = kBoxAndObject + std::ssize(model.config().labels);
  weights.set_bias = [places, values](const std::string& name, const at::Tensor& bias) {
    for (const auto& [prefix, count] : places) {
      if (!name.starts_with(prefix)) continue;
      bias.view({count, values}).select(1, kBoxAndObject - 1).fill_(-std::log(99.0));
    }
  };
  return weights;
}

LoadedDetector build_darknet(DarknetConfig config, const std::optional<CheckpointFile>& file,
                             const std::string& source, const DetectorHeadOptions& head) {
  const std::vector<std::string> known = config.labels;
  config.apply(head);
  check_detector_size(config.parameters(), file, source);
  const ClassRows rows = class_rows(known, config.labels);
  auto model = std::make_shared<Darknet>(std::move(config));
  LoadReport report = fill_detector(*model, file, source,
                                    darknet_weights(*model, std::ssize(known)), rows, head.seed);
  const DetectorInput input = model->info().input;
  return {std::move(model), std::move(report), input};
}

}  // namespace

LoadedDetector open_darknet(const FolderCheckpoint& checkpoint, const DetectorHeadOptions& head) {
  return build_darknet(DarknetConfig::from_json(checkpoint.config, checkpoint.source),
                       checkpoint.weights, checkpoint.source, head);
}

LoadedDetector make_darknet(const Json& config, const std::string& source,
                            const DetectorHeadOptions& head) {
  return build_darknet(DarknetConfig::from_json(config, source), std::nullopt, source, head);
}

void save_darknet(const Detector& model, const fs::path& stem) {
  const auto* darknet = dynamic_cast<const Darknet*>(&model);
  check(darknet != nullptr, ErrorKind::user,
        "{}: the model is no network of darknet's, and cannot be written as .cfg and .weights",
        stem.string());
  const DarknetConfig& config = darknet->config();
  std::string names;
  for (const std::string& label : config.labels) names += label + "\n";
  const auto path = [&](const char* ending) { return fs::path(stem.string() + ending); };
  const ModuleState state = module_state(model);
  write_darknet_weights(path(".weights"), config.network, state.views);
  write_file_atomically(path(".cfg"), config.cfg.text());
  write_file_atomically(path(".names"), names);
}

}  // namespace attune
