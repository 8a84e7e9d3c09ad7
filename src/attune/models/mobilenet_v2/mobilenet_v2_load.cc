#include "attune/models/mobilenet_v2/mobilenet_v2_load.h"

#include "attune/models/image/preprocessing.h"
#include "attune/models/mobilenet_v2/mobilenet_v2.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_keras.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_names.h"

namespace attune {

OpenedImageClassifier open_mobilenet_v2(const ImageCheckpoint& given, const HeadOptions& head) {
  ImageCheckpoint checkpoint = given;
  if (checkpoint.weights && is_keras_mobilenet_v2(*checkpoint.weights)) {
    checkpoint.weights = from_keras_mobilenet_v2(*checkpoint.weights);
  }
  MobileNetV2Config config = MobileNetV2Config::from_json(checkpoint.config, checkpoint.source);
  // Drawn as torchvision's mobilenetv2.py: kaiming_normal_ by fan out, the head N(0, 0.01^2) with a
  // bias of 0.
  const ImageWeights weights{.first_convolution = "features.0.0.weight",
                             .head = "classifier.1.",
                             .spellings = mobilenet_v2_spellings,
                             .head_deviation = 0.01,
                             .head_bias_zero = true};
  checkpoint = with_own_names(checkpoint, weights, config.parameters(),
                              [&] { return std::make_shared<MobileNetV2>(config); });
  const HeadRows rows = settle_config(config, checkpoint, weights, head);
  check_plausible_size(config.parameters(), checkpoint);
  auto model = std::make_shared<MobileNetV2>(config);
  LoadReport report = fill_image_classifier(*model, checkpoint, weights, rows, head.seed);
  return {std::move(model), std::move(report)};
}

Json mobilenet_v2_preprocessing(const Json& config) {
  // Whose training a config is of shows in its padding: Google's networks see values in [-1, 1],
  // torchvision's ImageNet's mean and deviation.
  const bool has_google_padding =
      !config.contains("tf_padding") || config.at("tf_padding") != false;
  return has_google_padding ? keras_preprocessing(256, 224) : photo_preprocessing(224);
}

}  // namespace attune
