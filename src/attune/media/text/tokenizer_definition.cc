#include "attune/media/text/tokenizer_definition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/bert_definition.h"
#include "attune/media/text/component_json.h"
#include "attune/media/text/unicode/unicode.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxTokenizerBytes = 256u << 20;
// added_tokens_decoder takes some 200 bytes a token.
constexpr std::uint64_t kMaxSettingsBytes = 64u << 20;

/// Takes `model.vocab` out of the document: as a list it is not searched, and not kept twice.
VocabularyList take_vocabulary(Json& json, const std::string& source) {
  VocabularyList out;
  if (!json.is_object() || !json.contains("model")) return out;
  Json& model = json.at("model");
  if (!model.is_object() || !model.contains("vocab")) return out;
  Json& in_json = model.at("vocab");
  if (!in_json.is_object()) return out;
  const Json vocabulary = std::exchange(in_json, Json::object());
  check(vocabulary.size() <= static_cast<std::size_t>(kMaxVocabulary), ErrorKind::data,
        "{}: model.vocab has {} tokens, expected at most {}", source, vocabulary.size(),
        kMaxVocabulary);
  out.reserve(vocabulary.size());
  for (const auto& [token, id] : vocabulary.items()) {
    check(id.is_number_unsigned() && id.get<std::uint64_t>() < kMaxVocabulary, ErrorKind::data,
          "{}: model.vocab[\"{}\"] is {}, expected an id from 0 to {}", source,
          shorten_utf8(token, 40), id.dump(), kMaxVocabulary - 1);
    out.emplace_back(token, id.get<std::int64_t>());
  }
  return out;
}

/// Of a token that stands on several lines the last one counts; the ids of the others are nobody's
/// (tokenizers/src/models/wordpiece/mod.rs, read_file).
void drop_repeated_lines(VocabularyList& list, const fs::path& file) {
  std::unordered_map<std::string_view, std::int64_t> last;
  for (const auto& [token, id] : list) last[token] = id;
  if (last.size() == list.size()) return;
  const auto is_repeated = [&](const auto& entry) { return last.at(entry.first) != entry.second; };
  const auto first = std::ranges::find_if(list, is_repeated);
  log_warning(
      "{}: {} lines hold a token that a later line holds again (\"{}\" on line {} and {}); the "
      "last "
      "one counts, as for transformers",
      file.string(), list.size() - last.size(), shorten_utf8(first->first, 40), first->second + 1,
      last.at(first->first) + 1);
  // Names in `last` belong to the list: what stays is chosen before anything moves.
  VocabularyList kept;
  for (const auto& entry : list) {
    if (!is_repeated(entry)) kept.push_back(entry);
  }
  list = std::move(kept);
}

/// Without the white space at its end, Unicode's too (str::trim_end of Rust).
std::string_view trim_line_end(std::string_view line) {
  while (!line.empty()) {
    std::size_t begin = line.size() - 1;
    while (begin > 0 && (line[begin] & '\xC0') == '\x80') --begin;
    std::size_t at = begin;
    if (!is_white_space(next_code_point(line, at))) break;
    line = line.substr(0, begin);
  }
  return line;
}

/// vocab.txt: a token per line, the id is the line's number from 0. White space at the line's end
/// does not belong to the token (tokenizers/src/models/wordpiece/mod.rs, read_file).
VocabularyList read_vocabulary_lines(const fs::path& file) {
  const std::string text = read_file(file, kMaxTokenizerBytes);
  const auto invalid = find_invalid_utf8(text);
  check(!invalid, ErrorKind::data, "{}: not valid UTF-8 at byte {}", file.string(),
        invalid.value_or(0));
  VocabularyList out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    line = trim_line_end(line);
    // Before the line is kept: a file of line ends alone would otherwise take many times its size.
    check(out.size() < static_cast<std::size_t>(kMaxVocabulary), ErrorKind::data,
          "{}: more than {} lines", file.string(), kMaxVocabulary);
    out.emplace_back(line, static_cast<std::int64_t>(out.size()));
    begin = end + 1;
  }
  drop_repeated_lines(out, file);
  return out;
}

std::string read_if_there(const fs::path& file) {
  return fs::exists(file) ? read_file(file, kMaxSettingsBytes) : std::string();
}

/// The object in `file`, empty where there is no such file.
Json read_json_if_there(const fs::path& file) {
  if (!fs::exists(file)) return Json::object();
  Json out = read_json(file, kMaxSettingsBytes);
  check(out.is_object(), ErrorKind::data, "{}: expected an object, got {}", file.string(),
        out.type_name());
  return out;
}

/// `value[key]`: a string, an added token written out as {"content": ...}, or null for none.
void read_name(const Json& value, const char* key, const std::string& source,
               std::optional<std::string>& out) {
  const auto found = value.find(key);
  if (found == value.end()) return;
  out = found->is_null() ? "" : read_token_content(*found, source + ": " + key);
}

void read_names(const Json& value, const std::string& source, SpecialTokenNames& out) {
  read_name(value, "cls_token", source, out.cls);
  read_name(value, "sep_token", source, out.sep);
  read_name(value, "pad_token", source, out.pad);
  read_name(value, "unk_token", source, out.unk);
  read_name(value, "mask_token", source, out.mask);
}

Side read_side(const ComponentJson& config, const char* key) {
  if (!config.has(key)) return Side::right;
  const std::string side = config.text(key);
  check(side == "left" || side == "right", ErrorKind::data,
        "{}.{}: \"{}\" is not known, expected left or right", config.where(), key, side);
  return side == "left" ? Side::left : Side::right;
}

std::int64_t read_max_length(const ComponentJson& config) {
  if (!config.has("model_max_length")) return TokenizerDefinition::kNoMaxLength;
  const Json& value = config.field("model_max_length");
  check(value.is_number(), ErrorKind::data, "{}.model_max_length: expected a number, got {}",
        config.where(), value.type_name());
  // transformers writes int(1e30), 1000000000000000019884624838656, for "no limit": more than 64
  // bits hold, so that the JSON reader gives a real number.
  const double length = value.get<double>();
  check(length >= 1, ErrorKind::data, "{}.model_max_length: {} is out of range, expected 1 or more",
        config.where(), value.dump());
  // Far below the largest 64-bit integer, so that the cast is safe and sums of lengths are too.
  if (length >= 0x1p62) return TokenizerDefinition::kNoMaxLength;
  return static_cast<std::int64_t>(std::floor(length));
}

/// Where the files do not name BERT's usual special tokens but the vocabulary has them, those.
void default_names(TokenizerDefinition& definition) {
  SpecialTokenNames& names = definition.special;
  const auto default_to = [&](std::optional<std::string>& name, const char* usual) {
    if (name.has_value()) return;
    for (const auto& entry : definition.vocabulary) {
      if (entry.first == usual) name = usual;
    }
  };
  default_to(names.cls, "[CLS]");
  default_to(names.sep, "[SEP]");
  default_to(names.pad, "[PAD]");
  default_to(names.unk, "[UNK]");
  default_to(names.mask, "[MASK]");
}

void read_settings(const ComponentJson& config, TokenizerDefinition& out) {
  out.model_max_length = read_max_length(config);
  out.truncation_side = read_side(config, "truncation_side");
  out.padding_side = read_side(config, "padding_side");
  if (config.has("pad_token_type_id")) {
    out.pad_token_type_id =
        static_cast<std::int32_t>(config.integer("pad_token_type_id", 0, 1 << 16));
  }
}

/// The classes of transformers that are its BertTokenizer (models/bert/tokenization_bert.py).
constexpr std::array<std::string_view, 6> kBertClasses = {
    "BertTokenizer",    "ConvBertTokenizer",   "DistilBertTokenizer",
    "ElectraTokenizer", "MobileBertTokenizer", "SqueezeBertTokenizer"};

bool is_bert_class(std::string_view name) {
  return std::ranges::find(kBertClasses, name) != kBertClasses.end();
}

/// The tokenizer class that transformers' AutoTokenizer takes: tokenizer_config.json's, else
/// config.json's, else that of the model's family; "" where nothing says one.
std::string tokenizer_class(const ComponentJson& config, const fs::path& folder) {
  std::string name;
  if (config.has("tokenizer_class")) name = config.text("tokenizer_class");
  const fs::path file = folder / "config.json";
  if (name.empty() && fs::exists(file)) {
    const Json model = read_json_if_there(file);
    const ComponentJson fields(model, file.string());
    if (fields.has("tokenizer_class")) name = fields.text("tokenizer_class");
    if (name.empty() && fields.has("model_type") && fields.text("model_type") == "bert") {
      name = "BertTokenizer";
    }
  }
  if (name.ends_with("Fast") && name != "PreTrainedTokenizerFast") name.resize(name.size() - 4);
  return name;
}

/// The tokenizer's own code that `auto_map` names; "" where it names none.
std::string own_code(const ComponentJson& config) {
  if (!config.has("auto_map")) return "";
  const Json& map = config.field("auto_map");
  if (map.is_array()) return map.dump();
  if (!map.is_object() || !map.contains("AutoTokenizer")) return "";
  return map.at("AutoTokenizer").is_null() ? "" : map.at("AutoTokenizer").dump();
}

/// A vocab.txt alone does not say how text is cut: only BERT's way is known here.
void check_class_is_built(const std::string& name, const std::string& code,
                          const ComponentJson& config, const fs::path& folder) {
  check(
      code.empty(), ErrorKind::user,
      "{}: auto_map names code of the tokenizer's own, {}, which is not run here, and there is no "
      "tokenizer.json in {} that says how it cuts text: save one with transformers "
      "(AutoTokenizer.from_pretrained(..., trust_remote_code=True).save_pretrained)",
      config.where(), code, folder.string());
  check(name.empty() || is_bert_class(name), ErrorKind::user,
        "{}: the tokenizer class is {}, and there is no tokenizer.json in {} that says how it cuts "
        "text; built here from vocab.txt are {}: save a tokenizer.json with transformers "
        "(AutoTokenizer.from_pretrained(...).save_pretrained)",
        config.where(), name, folder.string(), fmt::join(kBertClasses, ", "));
}

/// transformers' BertTokenizer follows the settings where tokenizer.json says otherwise; the class
/// that takes any tokenizer.json adds the tokens that it lacks.
void follow_class(TokenizerDefinition& definition, const std::string& name, const std::string& code,
                  const ComponentJson& settings) {
  if (!code.empty()) {
    log_warning(
        "{}: auto_map names code of the tokenizer's own, {}, which is not run; {} is followed",
        settings.where(), code, definition.source);
    return;
  }
  const auto model = definition.json.find("model");
  if (model == definition.json.end() || !model->is_object()) return;  // refused later
  // A file of another kind of model is not that class's.
  if (!is_bert_class(name) || model->value("type", "WordPiece") != "WordPiece") {
    if (add_settings_tokens(definition, settings)) {
      log_warning(
          "{}: tokens that only the settings beside it name (tokenizer_config.json, "
          "special_tokens_map.json, added_tokens.json) are added, as transformers does it",
          definition.source);
    }
    return;
  }
  if (!follow_bert_class(definition, settings)) return;
  log_warning(
      "{} and {} (with special_tokens_map.json and added_tokens.json where they are read) say "
      "different things: {} is built from the settings and its defaults, as transformers does it",
      definition.source, settings.where(), name);
}

/// Tells of special tokens that two files name differently.
void warn_of_overruled_names(const Json& config, const Json& special, const Json& merged,
                             const fs::path& folder) {
  for (const auto& [key, value] : special.items()) {
    if (!key.ends_with("_token") || !config.contains(key)) continue;
    const auto content = [&key = key](const Json& token) {
      return token.is_null() ? "null" : read_token_content(token, key);
    };
    const std::string first = content(config.at(key)), second = content(value);
    if (first == second) continue;
    const bool follows_map = content(merged.at(key)) == second;
    log_warning(
        "{}: {} is \"{}\" in tokenizer_config.json and \"{}\" in special_tokens_map.json; {} "
        "counts, as for transformers",
        folder.string(), key, first, second,
        follows_map ? "special_tokens_map.json"
                    : "tokenizer_config.json, which has added_tokens_decoder,");
  }
}

}  // namespace

TokenizerDefinition parse_tokenizer_json(std::string text, const std::string& source) {
  TokenizerDefinition out;
  out.json = parse_json(text, source);
  out.vocabulary = take_vocabulary(out.json, source);
  out.source = source;
  out.json_text = std::move(text);
  default_names(out);
  complete_settings_texts(out);
  return out;
}

TokenizerDefinition read_tokenizer_json(const fs::path& file) {
  return parse_tokenizer_json(read_file(file, kMaxTokenizerBytes), file.string());
}

TokenizerDefinition read_tokenizer_folder(const fs::path& folder) {
  const fs::path json_file = folder / "tokenizer.json", lines_file = folder / "vocab.txt";
  const fs::path config_file = folder / "tokenizer_config.json";
  const fs::path special_file = folder / "special_tokens_map.json";
  check(fs::exists(json_file) || fs::exists(lines_file), ErrorKind::user,
        "{}: no tokenizer there: neither tokenizer.json nor vocab.txt", folder.string());

  TokenizerDefinition out;
  out.config_text = read_if_there(config_file);
  out.special_text = read_if_there(special_file);
  const Json config =
      out.config_text.empty() ? Json::object() : parse_json(out.config_text, config_file.string());
  const Json special = out.special_text.empty()
                           ? Json::object()
                           : parse_json(out.special_text, special_file.string());
  const ComponentJson settings(config, config_file.string());
  check(special.is_object(), ErrorKind::data, "{}: expected an object", special_file.string());
  const std::string class_name = tokenizer_class(settings, folder), code = own_code(settings);
  read_settings(settings, out);
  const Json merged =
      merge_tokenizer_settings(config, special, read_json_if_there(folder / "added_tokens.json"));
  const ComponentJson all(merged, config_file.string());
  warn_of_overruled_names(config, special, merged, folder);
  read_names(merged, config_file.string(), out.special);

  if (fs::exists(json_file)) {
    TokenizerDefinition main = read_tokenizer_json(json_file);
    out.json = std::move(main.json);
    out.json_text = std::move(main.json_text);
    out.vocabulary = std::move(main.vocabulary);
    out.source = main.source;
    follow_class(out, class_name, code, all);
  } else {
    check_class_is_built(class_name, code, settings, folder);
    out.vocabulary = read_vocabulary_lines(lines_file);
    out.source = lines_file.string();
    make_bert_definition(out, all);
  }
  default_names(out);
  complete_settings_texts(out);
  return out;
}

}  // namespace attune
