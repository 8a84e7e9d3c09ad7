#pragma once

#include <memory>

#include "attune/models/bert/bert.h"
#include "attune/models/registry.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// The weight of the classifier's head in a checkpoint, whatever its name begins with; null where
/// there is none, or several.
const TensorView* find_bert_head(const CheckpointFile& weights);

struct LoadedBert {
  std::shared_ptr<BertForSequenceClassification> model;
  LoadReport report;
};

/// Builds the model that `config` describes and loads `weights` into it, strictly: a missing or
/// misshapen encoder tensor is an error (`data`). Accepted are checkpoints of any BERT
/// architecture: with or without the prefix "bert.", with LayerNorm.gamma and .beta (TensorFlow's
/// names), inside of a larger module (nn/name_prefix.h), with pretraining heads (`cls.*`, ignored).
/// A classifier that is missing or of another shape, and a missing pooler, are drawn from N(0,
/// initializer_range) with `seed` and listed in the report. `rows` says what becomes of the
/// checkpoint's classifier.
LoadedBert load_bert_classifier(const BertConfig& config, const CheckpointFile& weights,
                                std::uint64_t seed, const HeadRows& rows = {});

/// Sets every parameter whose name `chosen` accepts as BERT's authors did: LayerNorm weights 1,
/// biases and the padding row 0, other weights from N(0, initializer_range). Returns their names.
std::vector<std::string> initialize_bert(BertForSequenceClassification& model, std::uint64_t seed,
                                         const std::function<bool(std::string_view)>& chosen);

}  // namespace attune
