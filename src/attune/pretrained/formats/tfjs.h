#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/json.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// A model in the layers format of TensorFlow.js (tensorflow/tfjs: tfjs-core/src/io/types.ts):
/// `model.json` with Keras' topology and a manifest of the weights, whose values lie end to end in
/// files beside it.
struct TfjsModel {
  /// Under the names of Keras' variables, in the manifest's order; convolution kernels are HWIO.
  /// Values quantized to 8 or 16 bits are float32 again, as TensorFlow.js itself reads them.
  CheckpointFile weights;
  /// Keras' model, {"class_name": ..., "config": ...}; null where the file has none.
  Json topology;
};

/// Reads `model.json` and the weight files that it names, which must lie in its folder. Throws `io`
/// where one cannot be read, `data` (naming file and tensor) where one is damaged, texts or complex
/// numbers are among the weights, or the files do not have the bytes that the manifest says.
TfjsModel read_tfjs(const fs::path& model_json);

/// The weight files that `model.json` names, each inside its folder. Throws `data` as above.
std::vector<std::string> tfjs_weight_files(const fs::path& model_json);

/// `read_tfjs` of a text; `load` gives the bytes of a weight file, which must outlive the result.
TfjsModel parse_tfjs(std::string_view text, const std::string& source,
                     const std::function<std::span<const std::byte>(const std::string&)>& load);

}  // namespace attune
