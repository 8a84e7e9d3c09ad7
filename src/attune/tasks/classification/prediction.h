#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/models/head_options.h"

namespace attune {

/// `label` is the best one, `score` its probability, `scores` all by label; several `labels` for
/// multi-label models, just a `score` for a regression.
Json describe_prediction(std::span<const float> scores, ProblemType problem,
                         const std::vector<std::string>& labels);

/// Where lines go: a file that appears when it is complete, or standard output.
class LineSink {
 public:
  /// "" for standard output.
  explicit LineSink(const std::string& path);
  void write(const std::vector<std::string>& lines);
  void finish();

 private:
  std::optional<AtomicFile> file_;
};

}  // namespace attune
