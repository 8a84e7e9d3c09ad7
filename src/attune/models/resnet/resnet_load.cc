#include "attune/models/resnet/resnet_load.h"

#include "attune/models/resnet/resnet.h"
#include "attune/models/resnet/resnet_names.h"

namespace attune {

OpenedImageClassifier open_resnet(const ImageCheckpoint& given, const HeadOptions& head) {
  ResNetConfig config = ResNetConfig::from_json(given.config, given.source);
  // Drawn as torchvision's resnet.py: kaiming_normal_ by fan out, the head as torch.nn.Linear.
  const ImageWeights weights{.first_convolution = "conv1.weight",
                             .head = resnet_head(config) + ".",
                             .spellings = resnet_spellings};
  const ImageCheckpoint checkpoint = with_own_names(
      given, weights, config.parameters(), [&] { return std::make_shared<ResNet>(config); });
  const HeadRows rows = settle_config(config, checkpoint, weights, head);
  check_plausible_size(config.parameters(), checkpoint);
  auto model = std::make_shared<ResNet>(config);
  LoadReport report = fill_image_classifier(*model, checkpoint, weights, rows, head.seed);
  return {std::move(model), std::move(report)};
}

}  // namespace attune
