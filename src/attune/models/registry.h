#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/models/head_options.h"
#include "attune/models/sequence_classifier.h"
#include "attune/nn/state_dict.h"

namespace attune {

struct LoadedClassifier {
  std::shared_ptr<SequenceClassifier> model;  ///< in training mode, as LibTorch makes modules
  LoadReport report;
};

/// Opens a Hugging Face model folder (config.json and weights) as a text classifier of whatever
/// family its `model_type` names. A family without such heads, or an unknown one, is refused
/// (`user`), naming those that are known. Loading is strict: only the head may be new.
LoadedClassifier make_sequence_classifier(const fs::path& folder, const HeadOptions& head = {});

/// Loads what `save_pretrained` wrote into a model of the same structure. Every tensor must be
/// there with its shape (`data` otherwise).
LoadReport load_pretrained(SequenceClassifier& model, const fs::path& folder);

/// Writes config.json and model.safetensors into `folder`, which exists. With pooling `cls`,
/// transformers' AutoModelForSequenceClassification opens it and gives the same logits.
void save_pretrained(const Model& model, const fs::path& folder);

/// The values of `model_type` for which there is a text classifier.
std::vector<std::string> sequence_classifier_types();

}  // namespace attune
