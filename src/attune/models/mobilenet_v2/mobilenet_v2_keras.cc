#include "attune/models/mobilenet_v2/mobilenet_v2_keras.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/base/error.h"
#include "attune/models/config_fields.h"
#include "attune/models/image/preprocessing.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_config.h"
#include "attune/nn/state_dict.h"

namespace attune {

namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

std::string look_up(const Pairs& table, std::string_view key) {
  for (const auto& [from, to] : table) {
    if (from == key) return std::string(to);
  }
  return "";
}

// "block_3_expand_BN" -> "features.4.conv.0.1"; "" where the network has no such layer.
std::string own_layer(std::string_view layer) {
  static const Pairs outer = {{"Conv1", "features.0.0"},   {"bn_Conv1", "features.0.1"},
                              {"Conv_1", "features.18.0"}, {"Conv_1_bn", "features.18.1"},
                              {"Logits", "classifier.1"},  {"predictions", "classifier.1"}};
  static const Pairs first = {
      {"depthwise", "0.0"}, {"depthwise_BN", "0.1"}, {"project", "1"}, {"project_BN", "2"}};
  static const Pairs others = {{"expand", "0.0"},       {"expand_BN", "0.1"}, {"depthwise", "1.0"},
                               {"depthwise_BN", "1.1"}, {"project", "2"},     {"project_BN", "3"}};
  if (layer.starts_with("expanded_conv_")) {
    const std::string part = look_up(first, layer.substr(14));
    return part.empty() ? "" : "features.1.conv." + part;
  }
  if (!layer.starts_with("block_")) return look_up(outer, layer);
  for (int block = 1; block <= 16; ++block) {
    const std::string begin = fmt::format("block_{}_", block);
    if (!layer.starts_with(begin)) continue;
    const std::string part = look_up(others, layer.substr(begin.size()));
    return part.empty() ? "" : fmt::format("features.{}.conv.{}", block + 1, part);
  }
  return "";
}

// "Conv1/kernel" -> "features.0.0.weight"; "" where the network has no such tensor.
std::string own_name(std::string_view name) {
  static const Pairs kinds = {{"kernel", "weight"},
                              {"depthwise_kernel", "weight"},
                              {"gamma", "weight"},
                              {"beta", "bias"},
                              {"moving_mean", "running_mean"},
                              {"bias", "bias"},
                              {"moving_variance", "running_var"}};
  const std::size_t slash = name.rfind('/');
  if (slash == name.npos) return "";
  const std::string layer = own_layer(name.substr(0, slash));
  const std::string kind = look_up(kinds, name.substr(slash + 1));
  return layer.empty() || kind.empty() ? "" : layer + "." + kind;
}

// HWIO -> OIHW, HWC1 -> C1HW, [in, out] -> [out, in].
at::Tensor own_layout(const TensorView& view) {
  const at::Tensor values = to_tensor(view).to(at::kFloat);
  if (view.name.ends_with("/depthwise_kernel")) {
    check(values.dim() == 4 && values.size(3) == 1, ErrorKind::data,
          "tensor {} is {}, expected [height, width, channels, 1]", view.name,
          shape_text(view.shape));
    return values.permute({2, 3, 0, 1}).contiguous();
  }
  if (!view.name.ends_with("/kernel")) return values;
  if (values.dim() == 2) return values.t().contiguous();
  check(values.dim() == 4, ErrorKind::data, "tensor {} is {}, expected [height, width, in, out]",
        view.name, shape_text(view.shape));
  return values.permute({3, 2, 0, 1}).contiguous();
}

}  // namespace

bool is_keras_mobilenet_v2(const CheckpointFile& file) {
  return file.find("expanded_conv_depthwise/depthwise_kernel") != nullptr;
}

CheckpointFile from_keras_mobilenet_v2(const CheckpointFile& file) {
  struct Storage {
    std::shared_ptr<const void> file;
    std::vector<at::Tensor> tensors;
  };
  auto storage = std::make_shared<Storage>(file.storage());
  std::vector<TensorView> views = file.tensors();
  for (TensorView& view : views) {
    const std::string name = own_name(view.name);
    if (name.empty()) continue;
    const at::Tensor& values = storage->tensors.emplace_back(own_layout(view));
    view = {.name = name,
            .dtype = DType::f32,
            .shape = values.sizes().vec(),
            .bytes = {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}};
  }
  return {file.source(), std::move(views), file.metadata(), storage};
}

std::optional<ImageSettings> keras_mobilenet_v2_settings(const CheckpointFile& file,
                                                         std::int64_t image_size) {
  if (!is_keras_mobilenet_v2(file)) return std::nullopt;
  MobileNetV2Config config;
  config.image_size = image_size;
  // Keras' head is a dense layer behind the pooling, without dropout.
  config.classifier_dropout = 0.0;
  const auto last_size = [&](const std::string& name) -> std::int64_t {
    const TensorView* view = file.find(name);
    return view == nullptr || view->shape.empty() ? 0 : view->shape.back();
  };
  // The layer's name in older versions of Keras, and in newer.
  for (const char* head : {"Logits/bias", "predictions/bias"}) {
    const std::int64_t rows = last_size(head);
    if (rows >= 1 && rows <= kMaxLabels) config.labels = default_labels(rows);
  }
  // All widths are compared: rounded, several multipliers have the same first ones (16 channels at
  // 0.35 and at 0.5).
  const auto fits = [&] {
    const std::vector<std::int64_t> channels = config.channels();
    bool same = last_size("Conv1/kernel") == channels[0] &&
                last_size("expanded_conv_project/kernel") == channels[1] &&
                last_size("Conv_1/kernel") == channels[18];
    for (std::size_t b = 1; b <= 16; ++b) {
      same = same && last_size(fmt::format("block_{}_project/kernel", b)) == channels[b + 1];
    }
    return same;
  };
  // Those that Keras has weights for.
  for (const double multiplier : {0.35, 0.5, 0.75, 1.0, 1.3, 1.4}) {
    config.depth_multiplier = multiplier;
    if (fits()) return ImageSettings{config.to_json(), keras_preprocessing(image_size, image_size)};
  }
  fail(ErrorKind::data,
       "{}: the kernels of this MobileNetV2 fit none of the depth multipliers 0.35, 0.5, 0.75, 1, "
       "1.3 and 1.4 (Conv1 has {} outputs, Conv_1 {})",
       file.source(), last_size("Conv1/kernel"), last_size("Conv_1/kernel"));
}

}  // namespace attune
