#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/base/files.h"

namespace attune {

/// What the models of a cross-validation (`--folds`) said of the examples that they had not seen.
class HeldOutPredictions {
 public:
  /// What the folds in `run` kept; none where it is no folder of folds. Throws `data` where a file
  /// is damaged, `user` where folds do not name the examples that they held out.
  static std::optional<HeldOutPredictions> read(const fs::path& run);

  const std::vector<std::string>& labels() const { return labels_; }
  /// The folders of the models.
  const std::vector<fs::path>& models() const { return models_; }
  /// Of examples with these keys (`contents_of`): float [examples, labels], a row of NaN where no
  /// fold held an example out.
  at::Tensor probabilities(std::span<const std::string> keys) const;

 private:
  void read_fold(const fs::path& file);

  std::vector<std::string> labels_;
  std::vector<fs::path> models_;
  std::unordered_map<std::string, std::vector<float>> by_key_;
};

}  // namespace attune
