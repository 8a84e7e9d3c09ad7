#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/models/bert/bert_config.h"
#include "attune/models/sequence_classifier.h"
#include "attune/nn/layers/dropout.h"
#include "attune/nn/layers/embedding.h"
#include "attune/nn/layers/encoder_layer.h"
#include "attune/nn/layers/layer_norm.h"
#include "attune/nn/layers/linear.h"
#include "attune/nn/state_dict.h"

namespace attune {

// BERT (Devlin et al. 2019, arXiv 1810.04805) on packed batches. Parameter names, and for each part
// the place it follows, are those of
// https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/bert/modeling_bert.py

/// Token, position and type embeddings, normalised.
class BertEmbeddings : public nn::Module {
 public:
  explicit BertEmbeddings(const BertConfig& config);
  /// Throws `user` where an id is outside its table.
  at::Tensor forward(const PackedTokens& tokens);  ///< [T, hidden]

 private:
  std::shared_ptr<nn::Embedding> word_embeddings_, position_embeddings_, token_type_embeddings_;
  std::shared_ptr<nn::LayerNorm> layer_norm_;
  std::shared_ptr<nn::Dropout> dropout_;
};

/// An encoder layer as BERT has it, under its checkpoints' names.
nn::EncoderLayerOptions bert_layer(const BertConfig& config);

struct BertModelOutput {
  at::Tensor last_hidden_state;  ///< [T, hidden]
  at::Tensor pooler_output;      ///< [N, hidden]; undefined without pooler
};

class BertModel : public nn::Module {
 public:
  /// `with_pooler` registers `pooler.dense`.
  explicit BertModel(const BertConfig& config, bool with_pooler = true);

  /// Opens the encoder of a model folder or hub id; a missing pooler is drawn afresh.
  /// `weights_key` chooses among several sets of weights in its file (`open_weights`).
  static std::shared_ptr<BertModel> from_pretrained(const std::string& name_or_folder,
                                                    const std::string& weights_key = "");

  BertModelOutput forward(const PackedTokens& tokens);
  /// The same from a padded batch of int64 [N, L], packed on entry (see `pack_padded`).
  BertModelOutput forward(const at::Tensor& input_ids, const at::Tensor& attention_mask,
                          const at::Tensor& token_type_ids = {}) {
    return forward(pack_padded(input_ids, attention_mask, token_type_ids));
  }

  /// tanh(W x + b) of first tokens' rows [N, hidden].
  at::Tensor pooler(const at::Tensor& first_tokens);

  std::shared_ptr<BertEmbeddings> embeddings;
  std::vector<std::shared_ptr<nn::EncoderLayer>> layers;

 private:
  std::shared_ptr<nn::Linear> pooler_;
};

/// BERT with a linear head on the pooled output: dropout, then `classifier`. With pooling `cls`
/// that is Hugging Face's BertForSequenceClassification; with `mean` and `concat`
/// (nn/layers/pooling.h) the last layer's output is pooled directly and there is no `pooler`.
class BertForSequenceClassification : public SequenceClassifier {
 public:
  explicit BertForSequenceClassification(BertConfig config);

  /// Opens a model folder or hub id; its log tells which tensors are new. See models/registry.h.
  static std::shared_ptr<BertForSequenceClassification> from_pretrained(
      const std::string& name_or_folder, const HeadOptions& head = {},
      const std::string& weights_key = "");

  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  ClassifierInfo info() const override;
  Activations run(const PackedTokens& tokens, const Activations& state, std::int64_t first,
                  std::int64_t last) override;
  bool pooled_after(std::int64_t group) const override {
    return group >= config_.num_hidden_layers;
  }

  const BertConfig& config() const { return config_; }
  const std::shared_ptr<BertModel>& encoder() const { return bert_; }

 private:
  at::Tensor run_group(std::int64_t group, const PackedTokens& tokens, const at::Tensor& x);

  BertConfig config_;
  std::shared_ptr<BertModel> bert_;
  std::shared_ptr<nn::Dropout> dropout_;
  std::shared_ptr<nn::Linear> classifier_;
};

}  // namespace attune
