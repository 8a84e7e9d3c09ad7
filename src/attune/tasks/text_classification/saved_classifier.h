#pragma once

#include <memory>

#include "attune/media/text/tokenizer.h"
#include "attune/models/head_options.h"
#include "attune/models/sequence_classifier.h"
#include "attune/pretrained/options.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/text_classification/options.h"
#include "attune/train/options.h"

namespace attune {

/// A fine-tuned classifier, ready to be applied: in evaluation mode, every tensor loaded, on its
/// device.
struct SavedClassifier {
  std::shared_ptr<SequenceClassifier> model;
  Tokenizer tokenizer;
  ClassifierInfo info;  ///< its labels are those of `labels`
  SavedLabels labels;
  ProblemType problem;
  std::int64_t max_length;
  bool takes_pairs;  ///< trained on pairs of texts: a single one is no input for it
};

/// Whether the files of a model say that it was trained on pairs: sentence-transformers' mark of a
/// cross-encoder in config.json ("sentence_transformers" with its activation, since 4.0) or in
/// config_sentence_transformers.json ("model_type", since 5.0).
bool is_cross_encoder(const fs::path& folder);

/// Whether the run.yaml in a folder says so.
bool was_trained_on_single_texts(const fs::path& folder);

/// Tokens that a model takes, by its config.json; no limit where that says none.
std::int64_t stated_positions(const fs::path& folder);

/// Opens a saved folder or a hub model. `has_pairs`: it is to be given pairs of texts; a model that
/// takes them, by its run.yaml (`columns`) or as above, is not refused here, but one that may take
/// them is warned of where it is not. Throws `user` where it has no trained head, and where it is
/// to be given pairs but learnt from single texts.
SavedClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                      const TextColumns& columns,
                                      const ClassifierOptions& classifier,
                                      const OutputLabels& labels, bool has_pairs,
                                      DeviceName device);

}  // namespace attune
