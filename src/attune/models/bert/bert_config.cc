#include "attune/models/bert/bert_config.h"

#include <cmath>
#include <utility>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/text/suggest.h"
#include "attune/config/field.h"
#include "attune/models/config_fields.h"

namespace attune {

namespace {

// Fields that would change the mathematics: taking such a checkpoint as plain BERT would give
// plausible nonsense.
void refuse_what_is_not_implemented(const ConfigFields& fields) {
  std::string model_type = "bert", positions = "absolute";
  bool is_decoder = false, cross_attention = false;
  fields.read("model_type", model_type);
  fields.read("position_embedding_type", positions);
  fields.read("is_decoder", is_decoder);
  fields.read("add_cross_attention", cross_attention);
  fields.expect(model_type == "bert", "model_type", "\"bert\": this is a model of another family");
  fields.expect(positions == "absolute", "position_embedding_type",
                "\"absolute\"; relative positions are not implemented");
  fields.expect(!is_decoder, "is_decoder", "false; decoders are not implemented");
  fields.expect(!cross_attention, "add_cross_attention",
                "false; cross attention is not implemented");
}

void read_head(const ConfigFields& fields, BertConfig& config) {
  config.labels = read_labels(fields);
  config.problem_type = read_problem_type(fields);
  if (fields.has("classifier_dropout")) {
    fields.read("classifier_dropout", config.classifier_dropout.emplace());
  }
  std::string pooling = "cls";
  fields.read("attune_pooling", pooling);
  const auto known = config::enum_value<Pooling>(pooling);
  fields.expect(known.has_value(), "attune_pooling", "cls, mean or concat");
  config.pooling = *known;
  config.pooling_is_stored = fields.has("attune_pooling");
}

}  // namespace

Activation BertConfig::activation() const {
  const auto activation = activation_from_name(hidden_act);
  check(activation.has_value(), ErrorKind::data, "hidden_act \"{}\" is not one of {}", hidden_act,
        fmt::join(activation_names(), ", "));
  return *activation;
}

BertConfig BertConfig::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  refuse_what_is_not_implemented(fields);
  BertConfig config;
  config.source = json;
  fields.read("vocab_size", config.vocab_size);
  fields.read("hidden_size", config.hidden_size);
  fields.read("num_hidden_layers", config.num_hidden_layers);
  fields.read("num_attention_heads", config.num_attention_heads);
  fields.read("intermediate_size", config.intermediate_size);
  fields.read("hidden_act", config.hidden_act);
  fields.read("hidden_dropout_prob", config.hidden_dropout_prob);
  fields.read("attention_probs_dropout_prob", config.attention_probs_dropout_prob);
  fields.read("max_position_embeddings", config.max_position_embeddings);
  fields.read("type_vocab_size", config.type_vocab_size);
  fields.read("initializer_range", config.initializer_range);
  fields.read("layer_norm_eps", config.layer_norm_eps);
  // Elsewhere null means the default; here upstream means by it that no row is padding.
  if (json.contains("pad_token_id") && json.at("pad_token_id").is_null()) {
    config.pad_token_id.reset();
  } else {
    fields.read("pad_token_id", *config.pad_token_id);
  }
  read_head(fields, config);
  config.validate(source);
  return config;
}

BertConfig BertConfig::read(const fs::path& config_json) {
  return from_json(read_json(config_json), config_json.string());
}

void BertConfig::validate(const std::string& where) const {
  const auto size = [&](const char* name, std::int64_t value, std::int64_t limit) {
    check(value >= 1 && value <= limit, ErrorKind::data, "{}: \"{}\" is {}, expected 1 to {}",
          where, name, value, limit);
  };
  const auto probability = [&](const char* name, double value) {
    check(value >= 0.0 && value < 1.0, ErrorKind::data,
          "{}: \"{}\" is {}, expected at least 0 and below 1", where, name, value);
  };
  // Far above what is in use, and low enough that products of sizes do not overflow before
  // bert_load compares them with the checkpoint.
  size("vocab_size", vocab_size, 10'000'000);
  size("hidden_size", hidden_size, 65'536);
  size("num_hidden_layers", num_hidden_layers, 1'000);
  size("num_attention_heads", num_attention_heads, 4'096);
  size("intermediate_size", intermediate_size, 1'048'576);
  size("max_position_embeddings", max_position_embeddings, 10'000'000);
  size("type_vocab_size", type_vocab_size, 1'000'000);
  probability("hidden_dropout_prob", hidden_dropout_prob);
  probability("attention_probs_dropout_prob", attention_probs_dropout_prob);
  if (classifier_dropout) probability("classifier_dropout", *classifier_dropout);
  check(hidden_size % num_attention_heads == 0, ErrorKind::data,
        "{}: \"hidden_size\" ({}) is not a multiple of \"num_attention_heads\" ({})", where,
        hidden_size, num_attention_heads);
  check(std::isfinite(initializer_range) && initializer_range >= 0.0, ErrorKind::data,
        "{}: \"initializer_range\" is {}, expected at least 0", where, initializer_range);
  check(layer_norm_eps > 0.0 && layer_norm_eps < 1.0, ErrorKind::data,
        "{}: \"layer_norm_eps\" is {}, expected above 0 and below 1", where, layer_norm_eps);
  check(!pad_token_id || (*pad_token_id >= 0 && *pad_token_id < vocab_size), ErrorKind::data,
        "{}: \"pad_token_id\" is {}, expected null or 0 to {}", where, pad_token_id.value_or(-1),
        vocab_size - 1);
  check(activation_from_name(hidden_act).has_value(), ErrorKind::data,
        "{}: \"hidden_act\" is \"{}\", expected one of {}{}", where, hidden_act,
        fmt::join(activation_names(), ", "), did_you_mean(hidden_act, activation_names()));
}

HeadRows BertConfig::apply(const HeadOptions& head) {
  check(!head.input_channels, ErrorKind::user,
        "input_channels are those of pictures; a text has none");
  const std::vector<std::string> known = std::exchange(labels, asked_labels(labels, head));
  HeadRows rows = head_rows(known, problem_type, labels, head);
  if (head.problem_type) problem_type = head.problem_type;
  if (head.pooling && *head.pooling != pooling) {
    const bool trains = !head.labels.empty();
    check(
        trains || !pooling_is_stored, ErrorKind::user,
        "--pooling: got {}, but the model's head was trained on {}, as its config.json says: leave "
        "it out",
        config::enum_name(*head.pooling), config::enum_name(pooling));
    if (trains) {
      rows = {.fresh = true,
              .known = rows.known,
              .told = fmt::format("the head is begun anew: it was trained on --pooling {}, and is "
                                  "given {}",
                                  config::enum_name(pooling), config::enum_name(*head.pooling))};
    }
    pooling = *head.pooling;
  }
  if (const auto dropout = asked_dropout(head)) classifier_dropout = dropout;
  return rows;
}

Json BertConfig::to_json() const {
  // What upstream knows and this project does not is written back as it was read.
  Json json = source;
  json["architectures"] = {"BertForSequenceClassification"};
  json["model_type"] = "bert";
  json["vocab_size"] = vocab_size;
  json["hidden_size"] = hidden_size;
  json["num_hidden_layers"] = num_hidden_layers;
  json["num_attention_heads"] = num_attention_heads;
  json["intermediate_size"] = intermediate_size;
  json["hidden_act"] = hidden_act;
  json["hidden_dropout_prob"] = hidden_dropout_prob;
  json["attention_probs_dropout_prob"] = attention_probs_dropout_prob;
  json["max_position_embeddings"] = max_position_embeddings;
  json["type_vocab_size"] = type_vocab_size;
  json["initializer_range"] = initializer_range;
  json["layer_norm_eps"] = layer_norm_eps;
  json["pad_token_id"] = pad_token_id ? Json(*pad_token_id) : Json(nullptr);
  json["classifier_dropout"] = classifier_dropout ? Json(*classifier_dropout) : Json(nullptr);
  write_labels(json, labels, problem_type);
  json["attune_pooling"] = config::enum_name(pooling);
  // Weights are written in fp32 whatever the source held (transformers reads either spelling).
  json.erase("torch_dtype");
  json["dtype"] = "float32";
  return json;
}

}  // namespace attune
