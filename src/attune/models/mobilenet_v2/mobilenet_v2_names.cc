#include "attune/models/mobilenet_v2/mobilenet_v2_names.h"

#include <cstdint>

#include <fmt/format.h>

#include "attune/base/text/strings.h"

namespace attune {

namespace {

constexpr int kBlocks = 17;

// The parts of a block: "0.1" of the expansion, "1.0" of the depthwise convolution, "2" and "3" of
// the projection.
std::string block_part(const std::vector<std::string>& parts, bool expands) {
  const bool nested = parts.size() == 6;  // features.B.conv.I.J.weight
  const int index = std::stoi(parts[3]) + (expands ? 0 : 1);
  if (!nested) return index == 2 ? "reduce_1x1.convolution." : "reduce_1x1.normalization.";
  return std::string(index == 0 ? "expand_1x1." : "conv_3x3.") +
         (parts[4] == "0" ? "convolution." : "normalization.");
}

}  // namespace

std::string huggingface_mobilenet_v2_name(const std::string& name) {
  const std::vector<std::string> parts = split(name, '.');
  const std::string& kind = parts.back();  // "weight", "running_mean", ...
  if (parts[0] == "classifier") return "classifier." + kind;
  const int block = std::stoi(parts[1]);
  if (block == 0 || block == kBlocks + 1) {
    return fmt::format("mobilenet_v2.{}.{}.{}", block == 0 ? "conv_stem.first_conv" : "conv_1x1",
                       parts[2] == "0" ? "convolution" : "normalization", kind);
  }
  // Upstream counts the first block to the stem, and its layers from the second on.
  if (block == 1) return "mobilenet_v2.conv_stem." + block_part(parts, false) + kind;
  return fmt::format("mobilenet_v2.layer.{}.", block - 2) + block_part(parts, true) + kind;
}

std::vector<std::string> mobilenet_v2_spellings(const std::string& name) {
  std::string upstream = huggingface_mobilenet_v2_name(name);
  if (!upstream.starts_with("mobilenet_v2.")) return {std::move(upstream)};
  std::string alone = upstream.substr(13);
  return {std::move(upstream), std::move(alone)};
}

}  // namespace attune
