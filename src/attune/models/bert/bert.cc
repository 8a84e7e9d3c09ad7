#include "attune/models/bert/bert.h"

#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/aminmax.h>
#include <ATen/ops/tanh.h>

#include "attune/base/error.h"
#include "attune/models/bert/bert_load.h"
#include "attune/models/registry.h"
#include "attune/nn/layers/pooling.h"
#include "attune/nn/noise.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/resolve.h"

// Line numbers below are those of
// https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/bert/modeling_bert.py

namespace attune {

namespace {

void check_ids(const at::Tensor& ids, std::int64_t rows, std::string_view what) {
  // On a GPU the bounds would have to be waited for in every batch.
  if (ids.numel() == 0 || !ids.is_cpu()) return;
  const auto [low, high] = at::aminmax(ids);
  const auto bad = low.item<std::int64_t>() < 0 ? low : high;
  check(low.item<std::int64_t>() >= 0 && high.item<std::int64_t>() < rows, ErrorKind::user,
        "{} {} is outside the model's table of {} rows", what, bad.item<std::int64_t>(), rows);
}

}  // namespace

// modeling_bert.py#L53, BertEmbeddings
BertEmbeddings::BertEmbeddings(const BertConfig& c)
    : word_embeddings_(register_module(
          "word_embeddings",
          std::make_shared<nn::Embedding>(c.vocab_size, c.hidden_size, c.pad_token_id))),
      position_embeddings_(register_module(
          "position_embeddings",
          std::make_shared<nn::Embedding>(c.max_position_embeddings, c.hidden_size))),
      token_type_embeddings_(
          register_module("token_type_embeddings",
                          std::make_shared<nn::Embedding>(c.type_vocab_size, c.hidden_size))),
      layer_norm_(register_module(
          "LayerNorm", std::make_shared<nn::LayerNorm>(c.hidden_size, c.layer_norm_eps))),
      dropout_(register_module("dropout", std::make_shared<nn::Dropout>(c.hidden_dropout_prob))) {}

at::Tensor BertEmbeddings::forward(const PackedTokens& tokens) {
  check_ids(tokens.input_ids, word_embeddings_->weight.size(0), "token id");
  check_ids(tokens.token_type_ids, token_type_embeddings_->weight.size(0), "token type id");
  check_ids(tokens.position_ids, position_embeddings_->weight.size(0), "position");
  // Upstream's order of summation: with another one the last bits differ.
  const at::Tensor x = word_embeddings_->forward(tokens.input_ids) +
                       token_type_embeddings_->forward(tokens.token_type_ids) +
                       position_embeddings_->forward(tokens.position_ids);
  return dropout_->forward(layer_norm_->forward(x));
}

// modeling_bert.py#L354, BertLayer; its parts are #L139, BertSelfAttention; #L282, BertSelfOutput;
// #L325, BertIntermediate; #L340, BertOutput
nn::EncoderLayerOptions bert_layer(const BertConfig& c) {
  return {.names = {.attention = {.query = "attention.self.query",
                                  .key = "attention.self.key",
                                  .value = "attention.self.value",
                                  .output = "attention.output.dense"},
                    .attention_norm = "attention.output.LayerNorm",
                    .inner = "intermediate.dense",
                    .output = "output.dense",
                    .output_norm = "output.LayerNorm"},
          .hidden = c.hidden_size,
          .heads = c.num_attention_heads,
          .inner = c.intermediate_size,
          .norm_order = nn::NormOrder::post,
          .norm_eps = c.layer_norm_eps,
          .activation = c.activation(),
          .attention_dropout = c.attention_probs_dropout_prob,
          .hidden_dropout = c.hidden_dropout_prob};
}

// modeling_bert.py#L594, BertModel
BertModel::BertModel(const BertConfig& c, bool with_pooler)
    : embeddings(register_module("embeddings", std::make_shared<BertEmbeddings>(c))) {
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i) {
    layers.push_back(register_at(fmt::format("encoder.layer.{}", i),
                                 std::make_shared<nn::EncoderLayer>(bert_layer(c))));
  }
  if (with_pooler) {
    pooler_ =
        register_at("pooler.dense", std::make_shared<nn::Linear>(c.hidden_size, c.hidden_size));
  }
}

std::shared_ptr<BertModel> BertModel::from_pretrained(const std::string& name_or_folder,
                                                      const std::string& weights_key) {
  const fs::path folder = resolve_model(name_or_folder);
  BertConfig config = BertConfig::read(folder / "config.json");
  // As Hugging Face's BertModel: with a pooler, whatever the folder's classifier pools.
  config.pooling = Pooling::cls;
  return load_bert_classifier(config, open_weights(folder, weights_key), 0).model->encoder();
}

BertModelOutput BertModel::forward(const PackedTokens& tokens) {
  at::Tensor x = embeddings->forward(tokens);
  for (const auto& layer : layers) x = layer->forward(x, tokens.segments);
  return {x, pooler_ ? pooler(first_rows(x, tokens.segments)) : at::Tensor()};
}

// modeling_bert.py#L451, BertPooler
at::Tensor BertModel::pooler(const at::Tensor& first_tokens) {
  check(pooler_ != nullptr, ErrorKind::internal, "this BertModel was built without a pooler");
  return at::tanh(pooler_->forward(first_tokens));
}

// modeling_bert.py#L1065, BertForSequenceClassification
BertForSequenceClassification::BertForSequenceClassification(BertConfig config)
    : config_(std::move(config)),
      bert_(register_module("bert",
                            std::make_shared<BertModel>(config_, config_.pooling == Pooling::cls))),
      dropout_(register_module(
          "dropout", std::make_shared<nn::Dropout>(
                         config_.classifier_dropout.value_or(config_.hidden_dropout_prob)))),
      classifier_(register_module(
          "classifier",
          std::make_shared<nn::Linear>(pooled_width(config_.pooling, config_.hidden_size),
                                       config_.num_labels()))) {
  // Last: sites are numbered over the whole model.
  assign_dropout_sites(*this);
}

std::shared_ptr<BertForSequenceClassification> BertForSequenceClassification::from_pretrained(
    const std::string& name_or_folder, const HeadOptions& head, const std::string& weights_key) {
  auto model = std::dynamic_pointer_cast<BertForSequenceClassification>(
      make_sequence_classifier(resolve_model(name_or_folder), head, weights_key).model);
  check(model != nullptr, ErrorKind::user, "{} does not hold a BERT model", name_or_folder);
  return model;
}

std::vector<DepthGroup> BertForSequenceClassification::depth_groups() const {
  std::vector<DepthGroup> groups = {{"embeddings", {"bert.embeddings."}}};
  for (std::int64_t i = 0; i < config_.num_hidden_layers; ++i) {
    groups.push_back({fmt::format("layer {}", i), {fmt::format("bert.encoder.layer.{}.", i)}});
  }
  if (config_.pooling == Pooling::cls) groups.push_back({"pooler", {"bert.pooler."}});
  groups.push_back({"head", {"classifier."}});
  return groups;
}

ClassifierInfo BertForSequenceClassification::info() const {
  return {.vocab_size = config_.vocab_size,
          .max_length = config_.max_position_embeddings,
          .type_vocab_size = config_.type_vocab_size,
          .labels = config_.labels,
          .problem_type = config_.problem_type,
          .pooling = config_.pooling};
}

Activations BertForSequenceClassification::run(const PackedTokens& tokens, const Activations& state,
                                               std::int64_t first, std::int64_t last) {
  const auto groups = static_cast<std::int64_t>(depth_groups().size());
  check(0 <= first && first < last && last <= groups, ErrorKind::internal,
        "depth groups [{}, {}) of {} were asked for", first, last, groups);
  at::Tensor x = first == 0 ? at::Tensor() : state.only();
  for (std::int64_t group = first; group < last; ++group) x = run_group(group, tokens, x);
  return x;
}

at::Tensor BertForSequenceClassification::run_group(std::int64_t group, const PackedTokens& tokens,
                                                    const at::Tensor& x) {
  const std::int64_t layers = config_.num_hidden_layers;
  if (group == 0) return bert_->embeddings->forward(tokens);
  if (group <= layers) {
    // The last layer pools, so that a cache of frozen features holds a row per text, and with `cls`
    // computes nothing but that row (docs/decisions.md).
    const nn::EncoderLayer& layer = *bert_->layers[static_cast<std::size_t>(group - 1)];
    if (group < layers) return layer.forward(x, tokens.segments);
    if (config_.pooling == Pooling::cls) return layer.forward_first(x, tokens.segments);
    return pool(layer.forward(x, tokens.segments), tokens.segments, config_.pooling);
  }
  if (group == layers + 1 && config_.pooling == Pooling::cls) return bert_->pooler(x);
  return classifier_->forward(dropout_->forward(x));
}

}  // namespace attune
