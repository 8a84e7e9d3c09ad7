#pragma once

#include <string>
#include <vector>

namespace attune {

/// The name in transformers' MobileNetV2ForImageClassification of a tensor that torchvision calls
/// `name`, e.g. "features.2.conv.1.0.weight" ->
/// "mobilenet_v2.layer.0.conv_3x3.convolution.weight".
std::string huggingface_mobilenet_v2_name(const std::string& name);

/// What else checkpoints call it: Hugging Face's name with and without a classifier around it.
std::vector<std::string> mobilenet_v2_spellings(const std::string& name);

}  // namespace attune
