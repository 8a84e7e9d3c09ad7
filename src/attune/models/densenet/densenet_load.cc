#include "attune/models/densenet/densenet_load.h"

#include "attune/models/densenet/densenet.h"

namespace attune {

namespace {

// "features.denseblock1.denselayer2.norm1.weight" -> "...denselayer2.norm.1.weight": until 2018
// module names could hold a dot, and torchvision's files are that old.
std::vector<std::string> old_spelling(const std::string& name) {
  for (const std::string part : {".norm1.", ".conv1.", ".norm2.", ".conv2."}) {
    const std::size_t at = name.find(part);
    if (at == name.npos) continue;
    std::string old = name;
    return {old.insert(at + 5, ".")};
  }
  return {};
}

}  // namespace

OpenedImageClassifier open_densenet(const ImageCheckpoint& given, const HeadOptions& head) {
  DenseNetConfig config = DenseNetConfig::from_json(given.config, given.source);
  // Drawn as torchvision's densenet.py: kaiming_normal_ with its default, fan in, and a bias of 0
  // in the head.
  const ImageWeights weights{.first_convolution = "features.conv0.weight",
                             .head = "classifier.",
                             .spellings = old_spelling,
                             .fan = nn::Fan::in,
                             .head_bias_zero = true};
  const ImageCheckpoint checkpoint = with_own_names(
      given, weights, config.parameters(), [&] { return std::make_shared<DenseNet>(config); });
  const HeadRows rows = settle_config(config, checkpoint, weights, head);
  check_plausible_size(config.parameters(), checkpoint);
  auto model = std::make_shared<DenseNet>(config);
  LoadReport report = fill_image_classifier(*model, checkpoint, weights, rows, head.seed);
  return {std::move(model), std::move(report)};
}

}  // namespace attune
