#include "attune/models/wav2vec2/wav2vec2.h"

#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"
#include "attune/models/registry.h"
#include "attune/models/wav2vec2/language_adapter.h"
#include "attune/nn/noise.h"
#include "attune/pretrained/resolve.h"

// Line numbers below are those of
// https://github.com/huggingface/transformers/blob/v5.24.0/src/transformers/models/wav2vec2/modeling_wav2vec2.py

namespace attune {

namespace {

// Upstream writes no other eps for it.
constexpr double kAdapterNormEps = 1e-5;

nn::EncoderLayerOptions encoder_layer(const Wav2Vec2Config& c) {
  return {.names = {.attention = {.query = "attention.q_proj",
                                  .key = "attention.k_proj",
                                  .value = "attention.v_proj",
                                  .output = "attention.out_proj"},
                    .attention_norm = "layer_norm",
                    .inner = "feed_forward.intermediate_dense",
                    .output = "feed_forward.output_dense",
                    .output_norm = "final_layer_norm"},
          .hidden = c.hidden_size,
          .heads = c.num_attention_heads,
          .inner = c.intermediate_size,
          .norm_order = c.do_stable_layer_norm ? nn::NormOrder::pre : nn::NormOrder::post,
          .norm_eps = c.layer_norm_eps,
          .activation = c.activation(),
          .attention_dropout = c.attention_dropout,
          .hidden_dropout = c.hidden_dropout,
          .inner_dropout = c.activation_dropout};
}

}  // namespace

// modeling_wav2vec2.py#L426, Wav2Vec2FeatureProjection
Wav2Vec2FeatureProjection::Wav2Vec2FeatureProjection(const Wav2Vec2Config& c)
    : time_mask(register_module("time_mask", std::make_shared<nn::SpanMask>(c.time_mask))),
      feature_mask(register_module("feature_mask", std::make_shared<nn::SpanMask>(c.feature_mask))),
      layer_norm_(c.feat_proj_layer_norm
                      ? register_module("layer_norm", std::make_shared<nn::LayerNorm>(
                                                          c.conv_dim.back(), c.layer_norm_eps))
                      : nullptr),
      projection_(register_module("projection",
                                  std::make_shared<nn::Linear>(c.conv_dim.back(), c.hidden_size))),
      dropout_(register_module("dropout", std::make_shared<nn::Dropout>(c.feat_proj_dropout))) {}

at::Tensor Wav2Vec2FeatureProjection::forward(const at::Tensor& features) const {
  const at::Tensor normed = layer_norm_ ? layer_norm_->forward(features) : features;
  return dropout_->forward(projection_->forward(normed));
}

// modeling_wav2vec2.py#L875, Wav2Vec2AttnAdapterLayer
Wav2Vec2LanguageAdapter::Wav2Vec2LanguageAdapter(const Wav2Vec2Config& c)
    : norm_(
          register_module("norm", std::make_shared<nn::LayerNorm>(c.hidden_size, kAdapterNormEps))),
      linear_1_(register_module("linear_1",
                                std::make_shared<nn::Linear>(c.hidden_size, *c.adapter_attn_dim))),
      linear_2_(register_module(
          "linear_2", std::make_shared<nn::Linear>(*c.adapter_attn_dim, c.hidden_size))) {}

at::Tensor Wav2Vec2LanguageAdapter::forward(const at::Tensor& x) const {
  return linear_2_->forward(at::relu(linear_1_->forward(norm_->forward(x))));
}

// modeling_wav2vec2.py#L1196, Wav2Vec2Model; #L652, Wav2Vec2Encoder; #L699,
// Wav2Vec2EncoderStableLayerNorm
Wav2Vec2Model::Wav2Vec2Model(const Wav2Vec2Config& c)
    : feature_extractor(register_module(
          "feature_extractor", std::make_shared<nn::ConvFeatureEncoder>(c.conv_features()))),
      config_(c),
      feature_projection_(
          register_module("feature_projection", std::make_shared<Wav2Vec2FeatureProjection>(c))) {
  if (c.has_mask_embedding()) {
    masked_spec_embed_ = register_parameter("masked_spec_embed", at::zeros({c.hidden_size}));
  }
  pos_conv_embed_ = register_at("encoder.pos_conv_embed",
                                std::make_shared<nn::PositionalConv>(nn::PositionalConvOptions{
                                    c.hidden_size, c.num_conv_pos_embeddings,
                                    c.num_conv_pos_embedding_groups, c.feature_activation()}));
  // Below the convolution's name, so that it is frozen with what it follows.
  dropout_ = register_at("encoder.pos_conv_embed.dropout",
                         std::make_shared<nn::Dropout>(c.hidden_dropout));
  layer_norm_ = register_at("encoder.layer_norm",
                            std::make_shared<nn::LayerNorm>(c.hidden_size, c.layer_norm_eps));
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i) {
    const std::string path = fmt::format("encoder.layers.{}", i);
    layers_.push_back(register_at(path, std::make_shared<nn::EncoderLayer>(encoder_layer(c))));
    layer_drops_.push_back(
        register_at(path + ".layer_drop", std::make_shared<nn::LayerDrop>(c.layerdrop)));
    if (!c.adapter_attn_dim) continue;
    adapters_.push_back(
        register_at(path + ".adapter_layer", std::make_shared<Wav2Vec2LanguageAdapter>(c)));
  }
}

// modeling_wav2vec2.py#L1224, _mask_hidden_states
at::Tensor Wav2Vec2Model::hide(at::Tensor x, const PackedAudio& audio,
                               const Segments& frames) const {
  if (!config_.apply_spec_augment) return x;
  at::Tensor time = audio.time_mask, features = audio.feature_mask;
  if (!time.defined()) time = feature_projection_->time_mask->draw(frames);
  check(!time.defined() || masked_spec_embed_.defined(), ErrorKind::internal,
        "frames are to be hidden in a model whose config.json says that none are");
  if (time.defined()) x = at::where(time.to(x.device()).unsqueeze(1), masked_spec_embed_, x);
  if (!features.defined()) {
    // As many positions in each clip as a frame has channels.
    Segments channels;
    for (std::int64_t n = 0; n < frames.count(); ++n) {
      channels.offsets.push_back(channels.rows() + x.size(1));
    }
    features = feature_projection_->feature_mask->draw(channels);
  }
  if (!features.defined()) return x;
  const at::Tensor lengths = at::tensor(frames.offsets, at::kLong).diff().to(x.device());
  const at::Tensor hidden = features.view({frames.count(), x.size(1)}).to(x.device());
  return x.masked_fill(hidden.repeat_interleave(lengths, 0, frames.rows()), 0);
}

at::Tensor Wav2Vec2Model::embed(const at::Tensor& features, const PackedAudio& audio,
                                const Segments& frames) const {
  const at::Tensor x = hide(feature_projection_->forward(features), audio, frames);
  const at::Tensor placed = x + pos_conv_embed_->forward(x, frames);
  return dropout_->forward(config_.do_stable_layer_norm ? placed : layer_norm_->forward(placed));
}

at::Tensor Wav2Vec2Model::run_layer(std::int64_t layer, const at::Tensor& input,
                                    const Segments& frames) const {
  const auto i = static_cast<std::size_t>(layer);
  at::Tensor x = input;
  if (!layer_drops_[i]->drops()) {
    x = layers_[i]->forward(x, frames);
    if (!adapters_.empty()) x = x + adapters_[i]->forward(x);
  }
  const bool ends = config_.do_stable_layer_norm && i + 1 == layers_.size();
  return ends ? layer_norm_->forward(x) : x;
}

at::Tensor Wav2Vec2Model::forward(const PackedAudio& audio) const {
  const Segments frames = feature_extractor->frames(audio.clips);
  at::Tensor x = embed(feature_extractor->forward(audio.samples, audio.clips), audio, frames);
  for (std::int64_t i = 0; i < config_.num_hidden_layers; ++i) x = run_layer(i, x, frames);
  return x;
}

// modeling_wav2vec2.py#L1524, Wav2Vec2ForCTC
Wav2Vec2ForCTC::Wav2Vec2ForCTC(Wav2Vec2Config config)
    : config_(std::move(config)),
      encoder_(register_module(config_.model_type, std::make_shared<Wav2Vec2Model>(config_))),
      dropout_(register_module("dropout", std::make_shared<nn::Dropout>(config_.final_dropout))),
      lm_head_(register_module(
          "lm_head", std::make_shared<nn::Linear>(config_.hidden_size, config_.vocab_size))) {
  // Last: sites are numbered over the whole model.
  assign_dropout_sites(*this);
}

std::shared_ptr<Wav2Vec2ForCTC> Wav2Vec2ForCTC::from_pretrained(const std::string& name_or_folder,
                                                                const CtcHeadOptions& head,
                                                                const std::string& weights_key) {
  std::vector<std::string> adapter;
  if (!head.language.empty()) adapter = language_adapter_files(head.language);
  const fs::path folder =
      resolve_model(name_or_folder, "main", HubOptions::from_environment(), adapter);
  auto model =
      std::dynamic_pointer_cast<Wav2Vec2ForCTC>(make_ctc_model(folder, head, weights_key).model);
  check(model != nullptr, ErrorKind::user, "{} does not hold a model of wav2vec 2.0's family",
        name_or_folder);
  return model;
}

std::vector<DepthGroup> Wav2Vec2ForCTC::depth_groups() const {
  const std::string base = config_.model_type + ".", encoder = base + "encoder.";
  std::vector<DepthGroup> groups = {
      {"feature encoder", {base + "feature_extractor."}},
      {"feature projection",
       {base + "feature_projection.", base + "masked_spec_embed", encoder + "pos_conv_embed."}}};
  for (std::int64_t i = 0; i < config_.num_hidden_layers; ++i) {
    groups.push_back({fmt::format("layer {}", i), {fmt::format("{}layers.{}.", encoder, i)}});
  }
  // The encoder's norm stands behind the last layer, or before the first.
  DepthGroup& owner = config_.do_stable_layer_norm ? groups.back() : groups[1];
  owner.prefixes.push_back(encoder + "layer_norm.");
  groups.push_back({"head", {"lm_head."}});
  return groups;
}

CtcInfo Wav2Vec2ForCTC::info() const {
  std::int64_t stride = 1;
  for (const std::int64_t layer : config_.conv_stride) stride *= layer;
  return {.vocab_size = config_.vocab_size,
          .blank = config_.pad_token_id,
          .frame_stride = stride,
          .reduction = config_.ctc_loss_reduction,
          .zero_infinity = config_.ctc_zero_infinity};
}

Activations Wav2Vec2ForCTC::run(const PackedAudio& audio, const Activations& state,
                                std::int64_t first, std::int64_t last) {
  const auto groups = static_cast<std::int64_t>(depth_groups().size());
  check(0 <= first && first < last && last <= groups, ErrorKind::internal,
        "depth groups [{}, {}) of {} were asked for", first, last, groups);
  const Segments all = frames(audio.clips);
  at::Tensor x = first == 0 ? at::Tensor() : state.only();
  for (std::int64_t group = first; group < last; ++group) x = run_group(group, audio, all, x);
  return x;
}

at::Tensor Wav2Vec2ForCTC::run_group(std::int64_t group, const PackedAudio& audio,
                                     const Segments& frames, const at::Tensor& x) {
  if (group == 0) return encoder_->feature_extractor->forward(audio.samples, audio.clips);
  if (group == 1) return encoder_->embed(x, audio, frames);
  const std::int64_t layer = group - 2;
  if (layer < config_.num_hidden_layers) return encoder_->run_layer(layer, x, frames);
  return lm_head_->forward(dropout_->forward(x));
}

}  // namespace attune
