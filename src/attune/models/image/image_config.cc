#include "attune/models/image/image_config.h"

#include "attune/base/error.h"

namespace attune {

namespace {

// Far above pictures in use: a hostile file must not have memory taken for it.
constexpr std::int64_t kMaxChannels = 1024;
constexpr std::int64_t kMaxImageSize = 1 << 16;

}  // namespace

void ImageClassifierConfig::read_common(const ConfigFields& fields, const char* dropout_key) {
  source = fields.json();
  fields.read("num_channels", num_channels);
  fields.expect_size("num_channels", num_channels, kMaxChannels);
  // Upstream allows a pair; a square is all that is asked for here.
  if (fields.has("image_size") && fields.json().at("image_size").is_array()) {
    std::vector<std::int64_t> sides;
    fields.read("image_size", sides);
    fields.expect(sides.size() == 2 && sides[0] == sides[1], "image_size", "one side of a square");
    image_size = sides[0];
  } else {
    fields.read("image_size", image_size);
  }
  fields.expect_size("image_size", image_size, kMaxImageSize);
  fields.read(dropout_key, classifier_dropout);
  fields.expect(classifier_dropout >= 0.0 && classifier_dropout < 1.0, dropout_key,
                "at least 0 and below 1");
  labels = read_labels(fields);
  problem_type = read_problem_type(fields);
}

Json ImageClassifierConfig::common_json(const char* model_type, const char* dropout_key) const {
  Json json = source;
  json["model_type"] = model_type;
  json["num_channels"] = num_channels;
  json["image_size"] = image_size;
  json[dropout_key] = classifier_dropout;
  write_labels(json, labels, problem_type);
  // Weights are written in fp32 whatever the source held (transformers reads either spelling).
  json.erase("torch_dtype");
  json["dtype"] = "float32";
  return json;
}

HeadRows ImageClassifierConfig::apply(const HeadOptions& head) {
  check(!head.pooling, ErrorKind::user,
        "pooling says how a head sees the tokens of a text; a picture has none");
  const std::vector<std::string> known = labels;
  labels = asked_labels(known, head);
  HeadRows rows = head_rows(known, problem_type, labels, head);
  if (head.problem_type) problem_type = head.problem_type;
  classifier_dropout = asked_dropout(head).value_or(classifier_dropout);
  if (head.input_channels) {
    check(*head.input_channels >= 1 && *head.input_channels <= kMaxChannels, ErrorKind::user,
          "input_channels is {}, expected 1 to {}", *head.input_channels, kMaxChannels);
    num_channels = *head.input_channels;
  }
  return rows;
}

}  // namespace attune
