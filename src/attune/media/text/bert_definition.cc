#include "attune/media/text/bert_definition.h"

#include <array>
#include <charconv>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/added_tokens.h"

namespace attune {
namespace {

/// SPECIAL_TOKENS_ATTRIBUTES of transformers: the order decides which id a token gets that the
/// vocabulary lacks.
constexpr std::array kRoles = {"bos_token", "eos_token", "unk_token", "sep_token",
                               "pad_token", "cls_token", "mask_token"};
/// Special tokens without a role, and its older name.
constexpr const char* kMoreSpecial = "extra_special_tokens";
constexpr const char* kOlderSpecial = "additional_special_tokens";

/// The keys in the order of AddedTokenWithId (added_vocabulary.rs): the file made here is byte for
/// byte the one that transformers writes.
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

/// The tokens that are in the text but not in vocab.txt, or there with flags of their own, by id.
class AddedTokens {
 public:
  explicit AddedTokens(const VocabularyList& vocabulary)
      : ids_(vocabulary.begin(), vocabulary.end()),
        next_(static_cast<std::int64_t>(vocabulary.size())) {}

  std::int64_t id_of(const std::string& content) const { return ids_.at(content); }

  void add(AddedToken token, std::int64_t id) {
    token.id = static_cast<std::int32_t>(id);
    ids_.emplace(token.content, id);
    // added_vocabulary.rs, add_tokens: new ids go on behind the vocabulary or the largest id given,
    // whichever is more.
    next_ = std::max(next_, id + 1);
    by_id_.insert_or_assign(id, std::move(token));
  }

  /// A special token, given as a string or with its flags. Those that an added token has already
  /// stand: transformers looks a named token up in its table first.
  void add_special(const Json& value, const std::string& where) {
    AddedToken token;
    token.content = read_token_content(value, where);
    check(!token.content.empty(), ErrorKind::data, "{}: the special token is empty", where);
    const auto known = ids_.find(token.content);
    const std::int64_t id = known != ids_.end() ? known->second : next_;
    const auto same = by_id_.find(id);
    if (same != by_id_.end()) {
      token = same->second;
    } else if (value.is_object()) {
      const ComponentJson flags(value, where);
      token.single_word = flags.flag_or("single_word", false);
      token.lstrip = flags.flag_or("lstrip", false);
      token.rstrip = flags.flag_or("rstrip", false);
      token.normalized = flags.flag_or("normalized", false);
    }
    token.special = true;
    add(std::move(token), id);
  }

  /// The same unless the token is an added one already, special or not.
  void add_missing_special(const Json& value, const std::string& where) {
    const auto known = ids_.find(read_token_content(value, where));
    if (known == ids_.end() || !by_id_.contains(known->second)) add_special(value, where);
  }

  Json to_json() const {
    Json out = Json::array();
    for (const auto& [id, token] : by_id_) out.push_back(attune::to_json(token));
    return out;
  }

 private:
  std::unordered_map<std::string, std::int64_t> ids_;
  // By id, as AddedVocabulary is written.
  std::map<std::int64_t, AddedToken> by_id_;
  std::int64_t next_;
};

/// The contents of the special tokens that the settings name, by role or in a list.
std::unordered_set<std::string> special_contents(const ComponentJson& settings) {
  std::unordered_set<std::string> out;
  for (const char* key : kRoles) {
    if (settings.has(key)) out.insert(read_token_content(settings.field(key), settings.where()));
  }
  if (!settings.has(kMoreSpecial)) return out;
  for (const Json& token : settings.field(kMoreSpecial)) {
    out.insert(read_token_content(token, settings.where()));
  }
  return out;
}

/// added_tokens.json states contents and ids alone; flags are those of a plain AddedToken, or of a
/// special one where the settings name it.
void read_added_file(const ComponentJson& settings, AddedTokens& out) {
  if (!settings.has("added_tokens")) return;
  const ComponentJson file = settings.object("added_tokens");
  const std::unordered_set<std::string> special = special_contents(settings);
  for (const auto& [content, id] : file.json().items()) {
    check(!content.empty(), ErrorKind::data, "{}: a token is empty", file.where());
    check(id.is_number_unsigned() && id.get<std::uint64_t>() < kMaxVocabulary, ErrorKind::data,
          "{}.{}: {} is no id, expected 0 to {}", file.where(), shorten_utf8(content, 40),
          id.dump(), kMaxVocabulary - 1);
    AddedToken token;
    token.content = content;
    token.special = special.contains(content);
    token.normalized = !token.special;
    out.add(std::move(token), id.get<std::int64_t>());
  }
}

void read_added_table(const ComponentJson& settings, AddedTokens& out) {
  if (!settings.has("added_tokens_decoder")) return;
  const ComponentJson table = settings.object("added_tokens_decoder");
  for (const auto& [key, value] : table.json().items()) {
    const std::int64_t id = parse_id(key, table.where());
    out.add(read_added_token(ComponentJson(value, table.where() + "." + key), id), id);
  }
}

void read_own_tokens(const TokenizerDefinition& definition, AddedTokens& out) {
  const ComponentJson root(definition.json, definition.source);
  if (!root.has("added_tokens")) return;
  for (const ComponentJson& token : root.objects("added_tokens")) {
    const std::int64_t id = token.integer("id", 0, kMaxVocabulary - 1);
    out.add(read_added_token(token, id), id);
  }
}

void add_more_special(const ComponentJson& settings, AddedTokens& out) {
  for (const char* key : {kMoreSpecial, kOlderSpecial}) {
    if (!settings.has(key)) continue;
    for (const Json& token : settings.field(key)) {
      out.add_missing_special(token, fmt::format("{}.{}", settings.where(), key));
    }
  }
}

void read_special_tokens(const ComponentJson& settings, SpecialTokenNames& names,
                         AddedTokens& out) {
  const auto add = [&](const char* key, std::optional<std::string>* name, const char* usual) {
    if (settings.has(key)) {
      out.add_special(settings.field(key), fmt::format("{}.{}", settings.where(), key));
    } else if (name && !name->has_value()) {
      *name = usual;
      out.add_special(usual, settings.where());
    }
  };
  // In the order of kRoles.
  add("bos_token", nullptr, "");
  add("eos_token", nullptr, "");
  add("unk_token", &names.unk, "[UNK]");
  add("sep_token", &names.sep, "[SEP]");
  add("pad_token", &names.pad, "[PAD]");
  add("cls_token", &names.cls, "[CLS]");
  add("mask_token", &names.mask, "[MASK]");
  add_more_special(settings, out);
}

Json template_piece(const std::string& id, bool is_special, int type_id) {
  return {{is_special ? "SpecialToken" : "Sequence", {{"id", id}, {"type_id", type_id}}}};
}

Json template_processing(const std::string& cls_name, const std::string& sep_name,
                         const AddedTokens& tokens) {
  const Json cls = template_piece(cls_name, true, 0), sep = template_piece(sep_name, true, 0);
  Json special = Json::object();
  // Sorted by name, as template.rs writes them (utils::ordered_map).
  for (const std::string& name : {std::min(cls_name, sep_name), std::max(cls_name, sep_name)}) {
    special[name] = {{"id", name}, {"ids", {tokens.id_of(name)}}, {"tokens", {name}}};
  }
  return {{"type", "TemplateProcessing"},
          {"single", {cls, template_piece("A", false, 0), sep}},
          {"pair",
           {cls, template_piece("A", false, 0), sep, template_piece("B", false, 1),
            template_piece(sep_name, true, 1)}},
          {"special_tokens", special}};
}

/// The JSON text as `tokenizers` writes it, the vocabulary put in where `{}` stands for it: an
/// ordered `Json` object of this size would take seconds to build.
std::string dump_with_vocabulary(const Json& json, const VocabularyList& vocabulary) {
  std::string text = json.dump(2);
  static const std::string kEmpty = "\"vocab\": {}";
  // From the end: the model is the last member.
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
  const auto put = [&](const char* key, const std::optional<std::string>& name) {
    if (!name.value_or("").empty()) out[key] = *name;
  };
  put("cls_token", names.cls);
  put("mask_token", names.mask);
  put("pad_token", names.pad);
  put("sep_token", names.sep);
  put("unk_token", names.unk);
  return out;
}

/// What transformers' BertTokenizer builds, whatever a tokenizer.json beside it says
/// (tokenization_bert.py): the roles, and the added tokens.
Json bert_components(SpecialTokenNames& names, const ComponentJson& settings, AddedTokens& tokens) {
  read_special_tokens(settings, names, tokens);
  for (const auto* name : {&names.cls, &names.sep, &names.unk}) {
    check(!(*name)->empty(), ErrorKind::data,
          "{}: cls_token, sep_token and unk_token must not be null: BERT needs them",
          settings.where());
  }
  // Prefix, clean-up and the limit of 100 characters are the defaults of models/wordpiece/mod.rs
  // and decoders/wordpiece.rs.
  return {{"added_tokens", tokens.to_json()},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", settings.flag_or("tokenize_chinese_chars", true)},
            {"strip_accents",
             settings.has("strip_accents") ? Json(settings.flag("strip_accents")) : Json(nullptr)},
            {"lowercase", settings.flag_or("do_lower_case", true)}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", template_processing(*names.cls, *names.sep, tokens)},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", *names.unk},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100},
            {"vocab", Json::object()}}}};
}

/// Whether two components do the same: keys in any order, BertProcessing for its template.
bool is_same(const Json& there, const Json& wanted, const SpecialTokenNames& names) {
  if (there.is_object() && there.value("type", "") == "BertProcessing") {
    const auto is_token = [&](const char* key, const std::optional<std::string>& name) {
      const auto token = there.find(key);
      return token != there.end() && token->is_array() && !token->empty() &&
             token->front() == *name;
    };
    return is_token("cls", names.cls) && is_token("sep", names.sep);
  }
  return nlohmann::json::parse(there.dump()) == nlohmann::json::parse(wanted.dump());
}

}  // namespace

std::string read_token_content(const Json& value, const std::string& where) {
  const Json* content = &value;
  if (value.is_object() && value.contains("content")) content = &value.at("content");
  check(content->is_string(), ErrorKind::data, "{}: expected a token, got {}", where,
        value.type_name());
  return content->get<std::string>();
}

void make_bert_definition(TokenizerDefinition& definition, const ComponentJson& settings) {
  AddedTokens tokens(definition.vocabulary);
  read_added_file(settings, tokens);
  read_added_table(settings, tokens);
  Json components = bert_components(definition.special, settings, tokens);
  definition.json = {{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}};
  definition.json.update(components);
  definition.json_text = dump_with_vocabulary(definition.json, definition.vocabulary);
}

Json merge_tokenizer_settings(const Json& config, const Json& special, Json added_tokens) {
  Json all = config;
  // An empty list does not count (tokenization_utils_base.py, _from_pretrained).
  if (all.contains(kOlderSpecial)) {
    const Json list = all[kOlderSpecial];
    all.erase(kOlderSpecial);
    if (!all.contains(kMoreSpecial) || all[kMoreSpecial].empty()) all[kMoreSpecial] = list;
  }
  if (const auto table = config.find("added_tokens_decoder");
      table != config.end() && !table->is_null()) {
    return all;
  }
  for (const auto& [key, value] : special.items()) {
    if (key == kOlderSpecial) {
      // Taken where nothing has the newer name (PreTrainedTokenizerBase.__init__), and after
      // added_tokens.json is, so that such tokens are not special there.
      if (!all.contains(kMoreSpecial) && !special.contains(kMoreSpecial)) all[key] = value;
    } else if (key == kMoreSpecial && value.is_array()) {
      Json list = all.contains(key) && all[key].is_array() ? all[key] : Json::array();
      list.insert(list.end(), value.begin(), value.end());
      all[key] = list;
    } else {
      all[key] = value;
    }
  }
  all["added_tokens"] = std::move(added_tokens);
  return all;
}

bool add_settings_tokens(TokenizerDefinition& definition, const ComponentJson& settings) {
  AddedTokens tokens(definition.vocabulary);
  // PreTrainedTokenizerFast keeps what its file says, and adds what it lacks: of one id the table
  // of tokenizer_config.json counts, of added_tokens.json the file's own.
  read_added_file(settings, tokens);
  read_own_tokens(definition, tokens);
  read_added_table(settings, tokens);
  for (const char* key : kRoles) {
    if (!settings.has(key)) continue;
    tokens.add_missing_special(settings.field(key), fmt::format("{}.{}", settings.where(), key));
  }
  add_more_special(settings, tokens);
  Json all = tokens.to_json();
  // Compared as read: what a file leaves out stands for the default.
  AddedTokens before(definition.vocabulary);
  read_own_tokens(definition, before);
  if (before.to_json() == all) return false;
  definition.json["added_tokens"] = std::move(all);
  definition.json_text = dump_with_vocabulary(definition.json, definition.vocabulary);
  return true;
}

bool follow_bert_class(TokenizerDefinition& definition, const ComponentJson& settings) {
  AddedTokens tokens(definition.vocabulary);
  // The newer table replaces both older ones; of these tokenizer.json's comes last
  // (tokenization_utils_base.py, _from_pretrained).
  if (settings.has("added_tokens_decoder")) {
    read_added_table(settings, tokens);
  } else {
    read_added_file(settings, tokens);
    read_own_tokens(definition, tokens);
  }
  const Json components = bert_components(definition.special, settings, tokens);
  bool changed = false;
  for (const auto& [key, wanted] : components.items()) {
    Json& there = definition.json[key];
    if (key == "model") {
      for (const auto& [name, value] : wanted.items()) {
        // Old files do not name the model's type; the vocabulary is kept beside.
        if (name == "type" || name == "vocab" || (there.contains(name) && there[name] == value)) {
          continue;
        }
        there[name] = value;
        changed = true;
      }
    } else if (!is_same(there, wanted, definition.special)) {
      there = wanted;
      changed = true;
    }
  }
  // Where nothing differs the file stays as it is, byte for byte.
  if (changed) {
    definition.json_text = dump_with_vocabulary(definition.json, definition.vocabulary);
  }
  return changed;
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
    // The class of transformers that takes any tokenizer.json as it is.
    config["tokenizer_class"] = "PreTrainedTokenizerFast";
  }
  definition.config_text = dump_json(config);
}

}  // namespace attune
