#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/models/head_options.h"

namespace attune {

/// `--labels` of `evaluate` and `predict` (section `data`: as in training).
struct OutputLabels {
  std::vector<std::string> labels;

  template <typename V>
  void visit(V& v) {
    v("labels", labels,
      "Names of the labels in the order of their ids, for a model that does not name its outputs "
      "or "
      "data that number the labels (default: the model's)");
  }
};

/// What a training takes the labels for where the user does not say: what the config.json in
/// `model` says, which is told. Leaves `wanted` empty where it says nothing.
void settle_problem_type(std::optional<ProblemType>& wanted, const fs::path& model);

/// What the outputs of a saved model mean. `source` begins the messages.
struct SavedLabels {
  std::vector<std::string> names;  ///< by output
  /// What data are read with: the same names, in the user's order where one was given.
  std::vector<std::string> data_names;
  bool data_numbers = false;  ///< numbers in the data mean ids (LabelOptions::numbers)
};

/// The names of a saved model's outputs: its own, or `given` where it has none. Throws `user` where
/// `given` are not the labels of a model that names them, are of another number or belong to a
/// regression, and `data` where two outputs have one name.
SavedLabels saved_labels(const std::vector<std::string>& of_model,
                         const std::vector<std::string>& given, ProblemType problem,
                         const std::string& source);

/// Warns where the user takes a saved model's outputs for something else than its config.json says.
void warn_of_other_problem(std::optional<ProblemType> wanted, const fs::path& model);

}  // namespace attune
