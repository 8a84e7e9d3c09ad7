#include "attune/models/wav2vec2/wav2vec2_config.h"

#include <cmath>
#include <utility>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/text/suggest.h"
#include "attune/models/config_fields.h"

namespace attune {

namespace {

constexpr std::size_t kMaxConvLayers = 64;

// Fields that would change the mathematics: taking such a checkpoint as plain wav2vec 2.0 would
// give plausible nonsense.
void refuse_unknown_structure(const ConfigFields& fields) {
  bool conv_adapter = false, batch_norm = false;
  fields.read("add_adapter", conv_adapter);
  fields.read("conv_pos_batch_norm", batch_norm);
  fields.expect(!conv_adapter, "add_adapter",
                "false; the convolutional adapter between a speech encoder and a text decoder is "
                "not implemented");
  fields.expect(!batch_norm, "conv_pos_batch_norm",
                "false; batch norm before the positional convolution is not implemented");
}

void read_mask(const ConfigFields& fields, const std::string& axis, nn::SpanMaskOptions& mask) {
  fields.read(("mask_" + axis + "_prob").c_str(), mask.probability);
  fields.read(("mask_" + axis + "_length").c_str(), mask.span);
  fields.read(("mask_" + axis + "_min_masks").c_str(), mask.min_spans);
}

void write_mask(Json& json, const std::string& axis, const nn::SpanMaskOptions& mask) {
  json["mask_" + axis + "_prob"] = mask.probability;
  json["mask_" + axis + "_length"] = mask.span;
  json["mask_" + axis + "_min_masks"] = mask.min_spans;
}

void read_encoder(const ConfigFields& fields, Wav2Vec2Config& config) {
  fields.read("hidden_size", config.hidden_size);
  fields.read("num_hidden_layers", config.num_hidden_layers);
  fields.read("num_attention_heads", config.num_attention_heads);
  fields.read("intermediate_size", config.intermediate_size);
  fields.read("hidden_act", config.hidden_act);
  fields.read("hidden_dropout", config.hidden_dropout);
  fields.read("activation_dropout", config.activation_dropout);
  fields.read("attention_dropout", config.attention_dropout);
  fields.read("layerdrop", config.layerdrop);
  fields.read("initializer_range", config.initializer_range);
  fields.read("layer_norm_eps", config.layer_norm_eps);
  fields.read("num_conv_pos_embeddings", config.num_conv_pos_embeddings);
  fields.read("num_conv_pos_embedding_groups", config.num_conv_pos_embedding_groups);
  fields.read("do_stable_layer_norm", config.do_stable_layer_norm);
  if (fields.has("adapter_attn_dim")) {
    fields.read("adapter_attn_dim", config.adapter_attn_dim.emplace());
  }
}

void read_features(const ConfigFields& fields, Wav2Vec2Config& config) {
  fields.read("feat_extract_norm", config.feat_extract_norm);
  fields.read("feat_extract_activation", config.feat_extract_activation);
  fields.read("conv_dim", config.conv_dim);
  fields.read("conv_stride", config.conv_stride);
  fields.read("conv_kernel", config.conv_kernel);
  fields.read("conv_bias", config.conv_bias);
  fields.read("feat_proj_dropout", config.feat_proj_dropout);
  fields.read("feat_proj_layer_norm", config.feat_proj_layer_norm);
  fields.read("attune_padded_statistics", config.padded_statistics);
  fields.read("apply_spec_augment", config.apply_spec_augment);
  read_mask(fields, "time", config.time_mask);
  read_mask(fields, "feature", config.feature_mask);
}

void read_head(const ConfigFields& fields, Wav2Vec2Config& config) {
  std::string reduction = "sum";
  fields.read("vocab_size", config.vocab_size);
  fields.read("final_dropout", config.final_dropout);
  fields.read("ctc_zero_infinity", config.ctc_zero_infinity);
  fields.read("ctc_loss_reduction", reduction);
  fields.expect(reduction == "sum" || reduction == "mean", "ctc_loss_reduction", "sum or mean");
  config.ctc_loss_reduction = reduction == "sum" ? CtcReduction::sum : CtcReduction::mean;
  fields.expect(!fields.json().contains("pad_token_id") || fields.has("pad_token_id"),
                "pad_token_id", "the number of CTC's blank");
  fields.read("pad_token_id", config.pad_token_id);
}

void expect_size(const std::string& where, const char* name, std::int64_t value,
                 std::int64_t limit) {
  check(value >= 1 && value <= limit, ErrorKind::data, "{}: \"{}\" is {}, expected 1 to {}", where,
        name, value, limit);
}

// Far above what is in use, and low enough that products of sizes do not overflow before they are
// compared with the checkpoint.
void check_sizes(const Wav2Vec2Config& c, const std::string& where) {
  expect_size(where, "vocab_size", c.vocab_size, 10'000'000);
  expect_size(where, "hidden_size", c.hidden_size, 65'536);
  expect_size(where, "num_hidden_layers", c.num_hidden_layers, 1'000);
  expect_size(where, "num_attention_heads", c.num_attention_heads, 4'096);
  expect_size(where, "intermediate_size", c.intermediate_size, 1'048'576);
  expect_size(where, "num_conv_pos_embeddings", c.num_conv_pos_embeddings, 65'536);
  expect_size(where, "num_conv_pos_embedding_groups", c.num_conv_pos_embedding_groups, 65'536);
  expect_size(where, "mask_time_length", c.time_mask.span, 1'000'000);
  expect_size(where, "mask_feature_length", c.feature_mask.span, 1'000'000);
  if (c.adapter_attn_dim) expect_size(where, "adapter_attn_dim", *c.adapter_attn_dim, 65'536);
}

void check_shares(const Wav2Vec2Config& c, const std::string& where) {
  const auto within = [&](const char* name, double value, double limit) {
    check(value >= 0.0 && value <= limit, ErrorKind::data, "{}: \"{}\" is {}, expected 0 to {}",
          where, name, value, limit);
  };
  within("mask_time_prob", c.time_mask.probability, 1);
  within("mask_feature_prob", c.feature_mask.probability, 1);
  within("mask_time_min_masks", static_cast<double>(c.time_mask.min_spans), 1e6);
  within("mask_feature_min_masks", static_cast<double>(c.feature_mask.min_spans), 1e6);
  within("layerdrop", c.layerdrop, 1);
  const auto dropout = [&](const char* name, double value) {
    check(value >= 0.0 && value < 1.0, ErrorKind::data,
          "{}: \"{}\" is {}, expected at least 0 and below 1", where, name, value);
  };
  dropout("hidden_dropout", c.hidden_dropout);
  dropout("activation_dropout", c.activation_dropout);
  dropout("attention_dropout", c.attention_dropout);
  dropout("feat_proj_dropout", c.feat_proj_dropout);
  dropout("final_dropout", c.final_dropout);
}

void check_convolutions(const Wav2Vec2Config& c, const std::string& where) {
  check(
      c.conv_dim.size() == c.conv_stride.size() && c.conv_dim.size() == c.conv_kernel.size() &&
          !c.conv_dim.empty() && c.conv_dim.size() <= kMaxConvLayers,
      ErrorKind::data,
      "{}: \"conv_dim\", \"conv_stride\" and \"conv_kernel\" have {}, {} and {} entries, expected "
      "as many each, 1 to {}",
      where, c.conv_dim.size(), c.conv_stride.size(), c.conv_kernel.size(), kMaxConvLayers);
  double stride = 1;
  for (std::size_t i = 0; i < c.conv_dim.size(); ++i) {
    expect_size(where, "conv_dim", c.conv_dim[i], 65'536);
    expect_size(where, "conv_stride", c.conv_stride[i], 65'536);
    expect_size(where, "conv_kernel", c.conv_kernel[i], 65'536);
    stride *= static_cast<double>(c.conv_stride[i]);
  }
  check(stride <= 1e6, ErrorKind::data,
        "{}: \"conv_stride\" makes a frame of {:.0f} samples, expected at most 1000000", where,
        stride);
  check(c.feat_extract_norm == "group" || c.feat_extract_norm == "layer", ErrorKind::data,
        "{}: \"feat_extract_norm\" is \"{}\", expected group or layer", where, c.feat_extract_norm);
}

Activation known_activation(const std::string& where, const char* name, const std::string& value) {
  const auto activation = activation_from_name(value);
  check(activation.has_value(), ErrorKind::data, "{}: \"{}\" is \"{}\", expected one of {}{}",
        where, name, value, fmt::join(activation_names(), ", "),
        did_you_mean(value, activation_names()));
  return *activation;
}

}  // namespace

Activation Wav2Vec2Config::activation() const {
  return known_activation("a configuration", "hidden_act", hidden_act);
}

Activation Wav2Vec2Config::feature_activation() const {
  return known_activation("a configuration", "feat_extract_activation", feat_extract_activation);
}

nn::ConvFeatureOptions Wav2Vec2Config::conv_features() const {
  nn::ConvFeatureOptions options;
  for (std::size_t i = 0; i < conv_dim.size(); ++i) {
    options.layers.push_back({conv_dim[i], conv_kernel[i], conv_stride[i]});
  }
  options.bias = conv_bias;
  options.norm = feat_extract_norm == "group" ? nn::FeatureNorm::group : nn::FeatureNorm::layer;
  options.activation = feature_activation();
  options.padded_statistics = padded_statistics;
  return options;
}

Wav2Vec2Config Wav2Vec2Config::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  Wav2Vec2Config config;
  config.source = json;
  fields.read("model_type", config.model_type);
  fields.expect(config.model_type == "wav2vec2" || config.model_type == "hubert", "model_type",
                "\"wav2vec2\" or \"hubert\": this is a model of another family");
  refuse_unknown_structure(fields);
  read_features(fields, config);
  read_encoder(fields, config);
  read_head(fields, config);
  config.validate(source);
  return config;
}

void Wav2Vec2Config::validate(const std::string& where) const {
  check_sizes(*this, where);
  check_shares(*this, where);
  check_convolutions(*this, where);
  const auto multiple = [&](const char* name, std::int64_t parts) {
    check(hidden_size % parts == 0, ErrorKind::data,
          "{}: \"hidden_size\" ({}) is not a multiple of \"{}\" ({})", where, hidden_size, name,
          parts);
  };
  multiple("num_attention_heads", num_attention_heads);
  multiple("num_conv_pos_embedding_groups", num_conv_pos_embedding_groups);
  check(model_type == "hubert" || feat_proj_layer_norm, ErrorKind::data,
        "{}: \"feat_proj_layer_norm\" is false, expected true in a model of wav2vec 2.0", where);
  // Upstream leaves such adapters out without a word.
  check(
      !adapter_attn_dim || do_stable_layer_norm, ErrorKind::data,
      "{}: \"adapter_attn_dim\" is {} where \"do_stable_layer_norm\" is false, expected null: only "
      "the other kind of layers has adapters",
      where, adapter_attn_dim.value_or(0));
  check(std::isfinite(initializer_range) && initializer_range >= 0.0, ErrorKind::data,
        "{}: \"initializer_range\" is {}, expected at least 0", where, initializer_range);
  check(layer_norm_eps > 0.0 && layer_norm_eps < 1.0, ErrorKind::data,
        "{}: \"layer_norm_eps\" is {}, expected above 0 and below 1", where, layer_norm_eps);
  check(pad_token_id >= 0 && pad_token_id < vocab_size, ErrorKind::data,
        "{}: \"pad_token_id\", CTC's blank, is {}, expected 0 to {}", where, pad_token_id,
        vocab_size - 1);
  known_activation(where, "hidden_act", hidden_act);
  known_activation(where, "feat_extract_activation", feat_extract_activation);
}

void Wav2Vec2Config::check_asked(const Json& asked, const std::string& where) const {
  for (const auto& [axis, mask] : {std::pair{"time", &time_mask}, {"feature", &feature_mask}}) {
    const std::string prob = fmt::format("mask_{}_prob", axis);
    for (const char* part : {"prob", "length", "min_masks"}) {
      const std::string name = fmt::format("mask_{}_{}", axis, part);
      if (!asked.contains(name) || asked.at(name) == 0) continue;
      check(apply_spec_augment, ErrorKind::user,
            "{}: {} has no effect, as \"apply_spec_augment\" is false: leave it out", where, name);
      check(mask->probability > 0, ErrorKind::user,
            "{}: {} has no effect, as {} is 0: set that too, or leave it out", where, name, prob);
      check(mask != &feature_mask || mask->span <= hidden_size, ErrorKind::user,
            "{}: {} has no effect, as a span (mask_feature_length) is {} channels, and there are "
            "{}: give fewer",
            where, name, mask->span, hidden_size);
    }
  }
}

CtcHeadRows Wav2Vec2Config::apply(const CtcHeadOptions& head) {
  CtcHeadRows rows = ctc_head_rows(head, vocab_size, pad_token_id);
  vocab_size =
      head.symbols.empty() ? head.vocab_size.value_or(vocab_size) : std::ssize(head.symbols);
  pad_token_id = head.blank.value_or(pad_token_id);
  return rows;
}

Json Wav2Vec2Config::to_json() const {
  // What upstream knows and this project does not is written back as it was read.
  Json json = source;
  json["architectures"] = {model_type == "hubert" ? "HubertForCTC" : "Wav2Vec2ForCTC"};
  json["model_type"] = model_type;
  json["vocab_size"] = vocab_size;
  json["hidden_size"] = hidden_size;
  json["num_hidden_layers"] = num_hidden_layers;
  json["num_attention_heads"] = num_attention_heads;
  json["intermediate_size"] = intermediate_size;
  json["hidden_act"] = hidden_act;
  json["hidden_dropout"] = hidden_dropout;
  json["activation_dropout"] = activation_dropout;
  json["attention_dropout"] = attention_dropout;
  json["feat_proj_dropout"] = feat_proj_dropout;
  json["final_dropout"] = final_dropout;
  json["layerdrop"] = layerdrop;
  json["initializer_range"] = initializer_range;
  json["layer_norm_eps"] = layer_norm_eps;
  json["feat_extract_norm"] = feat_extract_norm;
  json["feat_extract_activation"] = feat_extract_activation;
  json["conv_dim"] = conv_dim;
  json["conv_stride"] = conv_stride;
  json["conv_kernel"] = conv_kernel;
  json["conv_bias"] = conv_bias;
  json["num_feat_extract_layers"] = conv_dim.size();
  json["num_conv_pos_embeddings"] = num_conv_pos_embeddings;
  json["num_conv_pos_embedding_groups"] = num_conv_pos_embedding_groups;
  json["do_stable_layer_norm"] = do_stable_layer_norm;
  if (model_type == "hubert") json["feat_proj_layer_norm"] = feat_proj_layer_norm;
  json["apply_spec_augment"] = apply_spec_augment;
  write_mask(json, "time", time_mask);
  write_mask(json, "feature", feature_mask);
  json["ctc_loss_reduction"] = ctc_loss_reduction == CtcReduction::sum ? "sum" : "mean";
  json["ctc_zero_infinity"] = ctc_zero_infinity;
  json["pad_token_id"] = pad_token_id;
  json["adapter_attn_dim"] = adapter_attn_dim ? Json(*adapter_attn_dim) : Json(nullptr);
  json.erase("attune_padded_statistics");
  if (padded_statistics) json["attune_padded_statistics"] = true;
  // Weights are written in fp32 whatever the source held (transformers reads either spelling).
  json.erase("torch_dtype");
  json["dtype"] = "float32";
  return json;
}

}  // namespace attune
