#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/data/text/text_dataset.h"
#include "attune/models/head_options.h"
#include "attune/tasks/text_classification/task.h"

namespace attune {

/// The texts of a run by their part.
struct TextSplits {
  TextDataset train;
  std::optional<TextDataset> validation, test;

  /// The rows that were left out of any of the files.
  std::vector<BadRow> bad_rows() const;
};

/// Reads the files; what the validation and test set may hold follows from the training set.
TextSplits load_text_splits(const TextTrainSettings& settings, ProblemType problem);

/// Of everything a run learns from: a resumed run must read the same.
std::string fingerprint(const TextDataset& dataset);

/// What the labels are by the options: single label where they do not say.
ProblemType problem_of(const ClassifierOptions& options);

}  // namespace attune
