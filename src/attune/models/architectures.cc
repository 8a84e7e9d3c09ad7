#include "attune/models/architectures.h"

#include <cstdint>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/text/suggest.h"
#include "attune/models/config_fields.h"
#include "attune/models/image/preprocessing.h"

namespace attune {

namespace {

using Sizes = std::vector<std::int64_t>;

Json labels_json(const std::vector<std::string>& labels) {
  Json json = Json::object();
  write_labels(json, labels, {});
  return json;
}

// ImageNet's 1000 classes, nameless here as in the state dicts.
Json imagenet(Json config) {
  config.update(labels_json(default_labels(1000)));
  config["image_size"] = 224;
  return config;
}

// torchvision's constructors (resnet.py): `hidden_sizes` are what comes out of a stage, four times
// its planes with bottlenecks.
Json resnet(const Sizes& depths, const char* layer_type, std::int64_t groups = 1,
            std::int64_t width_per_group = 64) {
  const Sizes basic = {64, 128, 256, 512}, bottleneck = {256, 512, 1024, 2048};
  return {{"model_type", "resnet"},
          {"embedding_size", 64},
          {"hidden_sizes", std::string_view(layer_type) == "basic" ? basic : bottleneck},
          {"depths", depths},
          {"layer_type", layer_type},
          {"groups", groups},
          {"width_per_group", width_per_group}};
}

// He et al. 2016, section 4.2: 6n + 2 layers.
Json cifar_resnet(std::int64_t n) {
  Json config = {{"model_type", "resnet"}, {"embedding_size", 16},  {"hidden_sizes", {16, 32, 64}},
                 {"depths", Sizes(3, n)},  {"layer_type", "basic"}, {"stem", "cifar"},
                 {"shortcut", "zero_pad"}, {"image_size", 32}};
  config.update(labels_json(
      {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}));
  return config;
}

// As MedMNIST trains it: the first convolution and no pooling suit 28x28.
Json resnet18_28() {
  Json config = resnet({2, 2, 2, 2}, "basic");
  config["stem"] = "cifar";
  config["image_size"] = 28;
  config.update(labels_json(default_labels(2)));
  return config;
}

// torchvision's padding, epsilon and dropout; Google's, which its config has by default, are
// others.
Json mobilenet_v2() {
  return {{"model_type", "mobilenet_v2"},
          {"depth_multiplier", 1.0},
          {"tf_padding", false},
          {"layer_norm_eps", 1e-5},
          {"classifier_dropout_prob", 0.2}};
}

// Huang et al. 2017, table 1.
Json densenet(const Sizes& block_config, std::int64_t growth_rate, std::int64_t init) {
  return {{"model_type", "densenet"},
          {"growth_rate", growth_rate},
          {"block_config", block_config},
          {"num_init_features", init}};
}

std::vector<Architecture> make_architectures() {
  const Json photo = photo_preprocessing(224), tiny = tiny_preprocessing(28),
             cifar = cifar_preprocessing();
  std::vector<Architecture> list = {
      // torchvision's
      {"resnet18", "ResNet-18", imagenet(resnet({2, 2, 2, 2}, "basic")), photo},
      {"resnet34", "ResNet-34", imagenet(resnet({3, 4, 6, 3}, "basic")), photo},
      {"resnet50", "ResNet-50 v1.5", imagenet(resnet({3, 4, 6, 3}, "bottleneck")), photo},
      {"resnet101", "ResNet-101 v1.5", imagenet(resnet({3, 4, 23, 3}, "bottleneck")), photo},
      {"resnet152", "ResNet-152 v1.5", imagenet(resnet({3, 8, 36, 3}, "bottleneck")), photo},
      {"resnext50_32x4d", "ResNeXt-50, 32 groups of 4",
       imagenet(resnet({3, 4, 6, 3}, "bottleneck", 32, 4)), photo},
      {"resnext101_32x8d", "ResNeXt-101, 32 groups of 8",
       imagenet(resnet({3, 4, 23, 3}, "bottleneck", 32, 8)), photo},
      {"wide_resnet50_2", "ResNet-50, twice as wide",
       imagenet(resnet({3, 4, 6, 3}, "bottleneck", 1, 128)), photo},
      {"wide_resnet101_2", "ResNet-101, twice as wide",
       imagenet(resnet({3, 4, 23, 3}, "bottleneck", 1, 128)), photo},
      {"mobilenet_v2", "MobileNetV2", imagenet(mobilenet_v2()), photo},
      {"densenet121", "DenseNet-121", imagenet(densenet({6, 12, 24, 16}, 32, 64)), photo},
      {"densenet169", "DenseNet-169", imagenet(densenet({6, 12, 32, 32}, 32, 64)), photo},
      {"densenet201", "DenseNet-201", imagenet(densenet({6, 12, 48, 32}, 32, 64)), photo},
      // for small pictures
      {"resnet20_cifar", "ResNet-20 for CIFAR-10, zero-padded shortcuts", cifar_resnet(3), cifar},
      {"resnet32_cifar", "ResNet-32 for CIFAR-10, zero-padded shortcuts", cifar_resnet(5), cifar},
      {"resnet44_cifar", "ResNet-44 for CIFAR-10, zero-padded shortcuts", cifar_resnet(7), cifar},
      {"resnet56_cifar", "ResNet-56 for CIFAR-10, zero-padded shortcuts", cifar_resnet(9), cifar},
      {"resnet110_cifar", "ResNet-110 for CIFAR-10, zero-padded shortcuts", cifar_resnet(18),
       cifar},
      {"resnet18_28", "ResNet-18 for 28x28 pictures (MedMNIST)", resnet18_28(), tiny},
  };
  for (Architecture& architecture : list) architecture.config["architecture"] = architecture.name;
  return list;
}

}  // namespace

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> list = make_architectures();
  return list;
}

std::vector<std::string> architecture_names() {
  std::vector<std::string> names;
  for (const Architecture& architecture : architectures()) names.push_back(architecture.name);
  return names;
}

const Architecture& find_architecture(std::string_view name) {
  for (const Architecture& architecture : architectures()) {
    if (architecture.name == name) return architecture;
  }
  const auto names = architecture_names();
  fail(ErrorKind::user, "there is no architecture \"{}\"{}; known are {}", name,
       did_you_mean(name, names), fmt::join(names, ", "));
}

}  // namespace attune
