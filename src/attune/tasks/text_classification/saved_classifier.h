#pragma once

#include <memory>

#include "attune/media/text/tokenizer.h"
#include "attune/models/head_options.h"
#include "attune/models/sequence_classifier.h"
#include "attune/pretrained/options.h"
#include "attune/tasks/text_classification/options.h"
#include "attune/train/options.h"

namespace attune {

/// A fine-tuned classifier, ready to be applied: in evaluation mode, every tensor loaded, on its
/// device.
struct SavedClassifier {
  std::shared_ptr<SequenceClassifier> model;
  Tokenizer tokenizer;
  ClassifierInfo info;
  ProblemType problem;
  std::int64_t max_length;
};

/// Opens a saved folder or a hub model. Throws `user` where it has no trained head.
SavedClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                      const TextColumns& columns,
                                      const ClassifierOptions& classifier, DeviceName device);

}  // namespace attune
