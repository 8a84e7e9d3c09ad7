#include "attune/media/text/bert_definition.h"

#include <charconv>
#include <map>
#include <unordered_map>

#include "attune/base/error.h"
#include "attune/media/text/added_tokens.h"

namespace attune {
namespace {

Json to_json(const AddedToken& token) {
  return {{"id", token.id},          {"content", token.content}, {"single_word", token.single_word},
          {"lstrip", token.lstrip},  {"rstrip", token.rstrip},   {"normalized", token.normalized},
          {"special", token.special}};
}

/// The id that `added_tokens_decoder` has as a key.
std::int64_t parse_id(const std::string& key, const std::string& where) {
  std::int64_t id = -1;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
  check(error == std::errc() && end == key.data() + key.size() && id >= 0 && id < kMaxVocabulary,
        ErrorKind::data, "{}: \"{}\" is not an id", where, key);
  return id;
}

std::map<std::int64_t, AddedToken> read_added_tokens(const ComponentJson& config) {
  std::map<std::int64_t, AddedToken> out;
  if (!config.has("added_tokens_decoder")) return out;
  const ComponentJson table = config.object("added_tokens_decoder");
  for (const auto& [key, value] : table.json().items()) {
    const std::int64_t id = parse_id(key, table.where());
    out[id] = read_added_token(ComponentJson(value, table.where() + "." + key), id);
  }
  return out;
}

Json template_piece(const std::string& id, bool is_special, int type_id) {
  return {{is_special ? "SpecialToken" : "Sequence", {{"id", id}, {"type_id", type_id}}}};
}

Json template_processing(const SpecialTokenNames& names,
                         const std::unordered_map<std::string, std::int64_t>& ids) {
  const Json cls = template_piece(names.cls, true, 0), sep = template_piece(names.sep, true, 0);
  Json special = Json::object();
  for (const std::string& name : {std::min(names.cls, names.sep), std::max(names.cls, names.sep)}) {
    special[name] = {{"id", name}, {"ids", {ids.at(name)}}, {"tokens", {name}}};
  }
  return {{"type", "TemplateProcessing"},
          {"single", {cls, template_piece("A", false, 0), sep}},
          {"pair",
           {cls, template_piece("A", false, 0), sep, template_piece("B", false, 1),
            template_piece(names.sep, true, 1)}},
          {"special_tokens", special}};
}

/// The JSON text as `tokenizers` writes it, the vocabulary put in where `{}` stands for it: an
/// ordered `Json` object of this size would take seconds to build.
std::string dump_with_vocabulary(const Json& json, const VocabularyList& vocabulary) {
  std::string text = json.dump(2);
  static const std::string kEmpty = "\"vocab\": {}";
  const std::size_t at = text.rfind(kEmpty);
  std::string members;
  for (const auto& [token, id] : vocabulary) {
    members += members.empty() ? "\n" : ",\n";
    members += fmt::format("      {}: {}", Json(token).dump(), id);
  }
  return text.replace(at, kEmpty.size(), fmt::format("\"vocab\": {{{}\n    }}", members));
}

Json special_tokens_json(const SpecialTokenNames& names) {
  Json out = Json::object();
  const auto put = [&](const char* key, const std::string& name) {
    if (!name.empty()) out[key] = name;
  };
  put("cls_token", names.cls);
  put("mask_token", names.mask);
  put("pad_token", names.pad);
  put("sep_token", names.sep);
  put("unk_token", names.unk);
  return out;
}

}  // namespace

void make_bert_definition(TokenizerDefinition& definition, const ComponentJson& config) {
  SpecialTokenNames& names = definition.special;
  std::unordered_map<std::string, std::int64_t> ids(definition.vocabulary.begin(),
                                                    definition.vocabulary.end());
  std::map<std::int64_t, AddedToken> added = read_added_tokens(config);
  for (const auto& [id, token] : added) ids.emplace(token.content, id);
  const auto add_special = [&](std::string& name, const char* usual) {
    if (name.empty()) name = usual;
    const auto next = std::max(static_cast<std::int64_t>(definition.vocabulary.size()),
                               added.empty() ? 0 : added.rbegin()->first + 1);
    const std::int64_t id = ids.emplace(name, next).first->second;
    AddedToken token;
    token.id = static_cast<std::int32_t>(id);
    token.content = name;
    token.special = true;
    added.emplace(id, token);
  };
  add_special(names.unk, "[UNK]");
  add_special(names.sep, "[SEP]");
  add_special(names.pad, "[PAD]");
  add_special(names.cls, "[CLS]");
  add_special(names.mask, "[MASK]");

  Json added_json = Json::array();
  for (const auto& [id, token] : added) added_json.push_back(to_json(token));
  const bool lowercase = config.flag_or("do_lower_case", true);
  definition.json = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added_json},
      {"normalizer",
       {{"type", "BertNormalizer"},
        {"clean_text", true},
        {"handle_chinese_chars", config.flag_or("tokenize_chinese_chars", true)},
        {"strip_accents",
         config.has("strip_accents") ? Json(config.flag("strip_accents")) : Json(nullptr)},
        {"lowercase", lowercase}}},
      {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
      {"post_processor", template_processing(names, ids)},
      {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
      {"model",
       {{"type", "WordPiece"},
        {"unk_token", names.unk},
        {"continuing_subword_prefix", "##"},
        {"max_input_chars_per_word", 100},
        {"vocab", Json::object()}}}};
  definition.json_text = dump_with_vocabulary(definition.json, definition.vocabulary);
}

void complete_settings_texts(TokenizerDefinition& definition) {
  const Json tokens = special_tokens_json(definition.special);
  if (definition.special_text.empty()) definition.special_text = dump_json(tokens);
  if (!definition.config_text.empty()) return;
  Json config = tokens;
  const ComponentJson root(definition.json, definition.source);
  if (root.has("normalizer") && root.object("normalizer").text("type") == "BertNormalizer") {
    const ComponentJson normalizer = root.object("normalizer");
    config["do_lower_case"] = normalizer.flag("lowercase");
    config["strip_accents"] =
        normalizer.has("strip_accents") ? Json(normalizer.flag("strip_accents")) : Json(nullptr);
    config["tokenize_chinese_chars"] = normalizer.flag("handle_chinese_chars");
    config["tokenizer_class"] = "BertTokenizer";
  } else {
    config["tokenizer_class"] = "PreTrainedTokenizerFast";
  }
  definition.config_text = dump_json(config);
}

}  // namespace attune
