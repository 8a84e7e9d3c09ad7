#include "attune/base/error.h"
#include "attune/media/text/post_processors/post_processors.h"

namespace attune {
namespace {

Json special_piece(const Json& token, int type_id) {
  return {{"SpecialToken", {{"id", token}, {"type_id", type_id}}}};
}

Json text_piece(const char* id, int type_id) {
  return {{"Sequence", {{"id", id}, {"type_id", type_id}}}};
}

/// The pair [token, id] of `key`.
const Json& token_and_id(const ComponentJson& json, const char* key) {
  const Json& value = json.field(key);
  check(value.is_array() && value.size() == 2 && value[0].is_string(), ErrorKind::data,
        "{}.{}: expected [\"token\", id]", json.where(), key);
  return value;
}

}  // namespace

/// BertProcessing (tokenizers/src/processors/bert.rs) is the template `cls A sep B sep`.
std::unique_ptr<PostProcessor> make_bert_processing(const ComponentJson& json) {
  const Json& sep = token_and_id(json, "sep");
  const Json& cls = token_and_id(json, "cls");
  Json special = Json::object();
  for (const Json* token : {&cls, &sep}) {
    const auto name = (*token)[0].get<std::string>();
    special[name] = {{"id", name}, {"ids", {(*token)[1]}}, {"tokens", {name}}};
  }
  Json single =
      Json::array({special_piece(cls[0], 0), text_piece("A", 0), special_piece(sep[0], 0)});
  // bert.rs: the second text and the separator behind it have type 1, the first separator 0.
  Json pair = single;
  pair.push_back(text_piece("B", 1));
  pair.push_back(special_piece(sep[0], 1));
  const Json as_template = {{"single", single}, {"pair", pair}, {"special_tokens", special}};
  return make_template_processing(ComponentJson(as_template, json.where()));
}

}  // namespace attune
