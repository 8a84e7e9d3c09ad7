#include "attune/models/resnet/resnet_names.h"

#include <fmt/format.h>

#include "attune/base/text/strings.h"

namespace attune {

namespace {

// "conv2" -> "1.convolution", "bn2" -> "1.normalization".
std::string inner_name(std::string_view part) {
  const int number = part.back() - '1';
  return fmt::format("{}.{}", number, part.starts_with("conv") ? "convolution" : "normalization");
}

std::string with_replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

std::string resnet_head(const ResNetConfig& config) {
  return config.shortcut == "zero_pad" ? "linear" : "fc";
}

std::string huggingface_resnet_name(const std::string& name) {
  const std::vector<std::string> parts = split(name, '.');
  const std::string& kind = parts.back();  // "weight", "running_mean", ...
  if (parts[0] == "fc") return "classifier.1." + kind;
  if (parts[0] == "conv1") return "resnet.embedder.embedder.convolution." + kind;
  if (parts[0] == "bn1") return "resnet.embedder.embedder.normalization." + kind;
  const int stage = std::stoi(parts[0].substr(5)) - 1;  // "layer1"
  const std::string block = fmt::format("resnet.encoder.stages.{}.layers.{}.", stage, parts[1]);
  if (parts[2] == "downsample") {
    return block + (parts[3] == "0" ? "shortcut.convolution." : "shortcut.normalization.") + kind;
  }
  return block + "layer." + inner_name(parts[2]) + "." + kind;
}

std::vector<std::string> resnet_spellings(const std::string& name) {
  std::vector<std::string> names;
  if (name.starts_with("linear.")) return {with_replaced(name, "linear.", "fc.")};
  const std::string upstream = huggingface_resnet_name(name);
  names.push_back(upstream);
  if (upstream.starts_with("resnet.")) names.push_back(upstream.substr(7));
  if (name.starts_with("fc.")) names.push_back(with_replaced(name, "fc.", "linear."));
  if (name.find(".downsample.") != name.npos) {
    names.push_back(with_replaced(name, ".downsample.", ".shortcut."));
  }
  return names;
}

}  // namespace attune
