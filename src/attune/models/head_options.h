#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/nn/layers/pooling.h"

namespace attune {

/// What the labels are. Decides the loss (outside the model), is kept in config.json.
enum class ProblemType { single_label_classification, multi_label_classification, regression };

/// Hugging Face's spelling.
constexpr auto enum_names(ProblemType) {
  return std::to_array<std::pair<ProblemType, std::string_view>>(
      {{ProblemType::single_label_classification, "single_label_classification"},
       {ProblemType::multi_label_classification, "multi_label_classification"},
       {ProblemType::regression, "regression"}});
}

/// What a user may ask of a classifier's head and input; what is left out comes from the model's
/// config.json. A family refuses (`user`) what its models do not have.
struct HeadOptions {
  std::optional<std::int64_t> num_labels = {};
  std::vector<std::string> labels = {};  ///< id2label in order; its size must equal num_labels
  /// The user named them in the order of the outputs: labels that are numbers alone get these
  /// names.
  bool labels_in_order = false;
  std::optional<ProblemType> problem_type = {};
  /// Of texts: what the head sees of the tokens.
  std::optional<Pooling> pooling = {};
  std::optional<double> classifier_dropout = {};
  /// Of pictures: channels of the pixels. Where a checkpoint's first convolution has another number
  /// it is adapted: its kernels are summed over the channels for 1 (a grey picture then gives what
  /// it gave as one of equal channels), else repeated in turn and scaled by old / new. The log
  /// tells.
  std::optional<std::int64_t> input_channels = {};
  std::uint64_t seed = 42;  ///< of the values of a new head, and of all where there are no weights
};

}  // namespace attune
