#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/models/config_fields.h"
#include "attune/models/head_rows.h"
#include "attune/models/image/image_classifier.h"

namespace attune {

/// What the config.json of every image classifier says, whatever its family.
struct ImageClassifierConfig {
  std::int64_t num_channels = 3;
  std::int64_t image_size = 224;
  std::vector<std::string> labels = {"LABEL_0", "LABEL_1"};  ///< id2label in order
  std::optional<ProblemType> problem_type = {};
  double classifier_dropout = 0.0;

  /// All that was read, so that keys unknown here are written back.
  Json source = Json::object();

  std::int64_t num_labels() const { return static_cast<std::int64_t>(labels.size()); }
  ImageClassifierInfo info() const { return {labels, problem_type, num_channels, image_size}; }

  /// Reads the fields above; `dropout_key` is the family's name for the last. Throws `data`.
  void read_common(const ConfigFields& fields, const char* dropout_key);
  /// `source` with the fields above.
  Json common_json(const char* model_type, const char* dropout_key) const;

  /// Puts what the user asked for in place of what was read. Throws `user` where it contradicts
  /// itself. Returns what becomes of the checkpoint's head.
  HeadRows apply(const HeadOptions& head);
};

}  // namespace attune
