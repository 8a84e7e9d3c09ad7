#pragma once

#include <string>
#include <vector>

#include "attune/models/resnet/resnet_config.h"

namespace attune {

/// "fc", or "linear" in the CIFAR form.
std::string resnet_head(const ResNetConfig& config);

/// The name in transformers' ResNetForImageClassification of a tensor that torchvision calls
/// `name`, e.g. "layer1.0.conv2.weight" ->
/// "resnet.encoder.stages.0.layers.0.layer.1.convolution.weight".
std::string huggingface_resnet_name(const std::string& name);

/// What else checkpoints call it: Hugging Face's name with and without a classifier around it;
/// `linear` and `shortcut` for `fc` and `downsample`, as kuangliu's and MedMNIST's code says.
std::vector<std::string> resnet_spellings(const std::string& name);

}  // namespace attune
