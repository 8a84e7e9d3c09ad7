#include "attune/media/text/models/token_model.h"

#include "attune/base/error.h"
#include "attune/media/text/models/token_models.h"

namespace attune {
namespace {

struct ModelType {
  std::string_view name;
  std::unique_ptr<TokenModel> (*make)(const ComponentJson&, const VocabularyList&);
};

constexpr ModelType kTypes[] = {
    {"WordPiece", make_word_piece},
};

/// Files older than the field "type": models/mod.rs tries BPE, which has merges, before WordPiece
/// (ModelUntagged).
std::string type_of(const ComponentJson& json) {
  if (json.has("type")) return json.text("type");
  return json.has("max_input_chars_per_word") && !json.has("merges") ? "WordPiece" : "";
}

}  // namespace

std::unique_ptr<TokenModel> make_token_model(const ComponentJson& json,
                                             const VocabularyList& vocabulary) {
  const std::string type = type_of(json);
  check(!type.empty(), ErrorKind::data,
        "{}: it has no \"type\" and its fields are not those of a WordPiece model", json.where());
  std::vector<std::string> names;
  for (const ModelType& entry : kTypes) {
    if (entry.name == type) return entry.make(json, vocabulary);
    names.emplace_back(entry.name);
  }
  fail_unknown_component("model", json, names);
}

}  // namespace attune
