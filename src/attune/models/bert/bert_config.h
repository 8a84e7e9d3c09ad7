#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/kernels/activation.h"
#include "attune/models/head_rows.h"

namespace attune {

/// The fields of config.json that change BERT's mathematics, under their names and defaults:
/// https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/bert/configuration_bert.py
struct BertConfig {
  std::int64_t vocab_size = 30522;
  std::int64_t hidden_size = 768;
  std::int64_t num_hidden_layers = 12;
  std::int64_t num_attention_heads = 12;
  std::int64_t intermediate_size = 3072;
  std::string hidden_act = "gelu";
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  std::int64_t max_position_embeddings = 512;
  std::int64_t type_vocab_size = 2;
  double initializer_range = 0.02;
  double layer_norm_eps = 1e-12;
  std::optional<std::int64_t> pad_token_id = 0;
  std::optional<double> classifier_dropout = {};             ///< none: hidden_dropout_prob
  std::vector<std::string> labels = {"LABEL_0", "LABEL_1"};  ///< id2label in order
  std::optional<ProblemType> problem_type = {};
  Pooling pooling = Pooling::cls;  ///< key "attune_pooling", not known upstream
  bool pooling_is_stored = false;  ///< config.json had that key

  /// All that was read, so that keys unknown here are written back.
  Json source = Json::object();

  std::int64_t num_labels() const { return static_cast<std::int64_t>(labels.size()); }
  Activation activation() const;

  /// Throws `data`, naming `source` and the field, where a value is impossible, asks for what is
  /// not implemented (a decoder, relative positions) or the file is of another family.
  static BertConfig from_json(const Json& json, const std::string& source);
  static BertConfig read(const fs::path& config_json);
  /// `source` with the fields above and the architecture's name put in.
  Json to_json() const;

  /// Puts what the user asked for in place of what was read, and returns what becomes of the
  /// checkpoint's head. Throws `user` where it contradicts itself.
  HeadRows apply(const HeadOptions& head);

  /// Throws `data` (`where` begins the message) unless every size is possible.
  void validate(const std::string& where) const;
};

}  // namespace attune
