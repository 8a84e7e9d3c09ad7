#include "attune/media/text/ctc/ctc_vocabulary_file.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxBytes = 64u << 20;  // MMS' 1,107 languages take 2 MB
constexpr std::size_t kShownLanguages = 20;

bool is_nested(const Json& vocabulary) {
  return vocabulary.is_object() && !vocabulary.empty() && vocabulary.begin().value().is_object();
}

/// The member or null. Linear, as objects of configurations may be looked at.
const Json* member_of(const Json& object, std::string_view key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::vector<std::string> keys_of_object(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

const Json& language_of(const Json& vocabulary, const std::string& language,
                        const std::string& source) {
  const std::vector<std::string> all = keys_of_object(vocabulary);
  std::string shown = join(std::span(all).first(std::min(all.size(), kShownLanguages)), ", ");
  if (all.size() > kShownLanguages) shown += fmt::format(", ... ({} in all)", all.size());
  check(!language.empty(), ErrorKind::user,
        "{}: it has an alphabet for each of several languages; name one: {}", source, shown);
  const Json* const found = member_of(vocabulary, language);
  check(found != nullptr, ErrorKind::user, "{}: no language \"{}\"{}; it has {}", source, language,
        did_you_mean(language, all), shown);
  check(found->is_object(), ErrorKind::data,
        "{}: \"{}\" is no object of symbols with their ids, as others are", source, language);
  return *found;
}

/// A token is a string, or an AddedToken as an object; null: there is none.
std::optional<std::string> token_of(const Json& config, const char* key,
                                    const std::string& source) {
  const Json* value = member_of(config, key);
  if (value == nullptr) return std::nullopt;
  if (value->is_null()) return "";
  if (value->is_object()) value = member_of(*value, "content");
  check(value != nullptr && value->is_string(), ErrorKind::data,
        "{}: \"{}\" is no text, nor an object with the text as \"content\"", source, key);
  return value->get<std::string>();
}

void check_class(const Json& config, const std::string& source) {
  const Json* const value = member_of(config, "tokenizer_class");
  if (value == nullptr || !value->is_string()) return;
  constexpr std::array<std::string_view, 2> kClasses = {"Wav2Vec2CTCTokenizer",
                                                        "Wav2Vec2Tokenizer"};
  const auto name = value->get<std::string>();
  check(std::ranges::find(kClasses, name) != kClasses.end(), ErrorKind::data,
        "{}: a tokenizer of class {} is not read here; expected Wav2Vec2CTCTokenizer", source,
        name);
}

std::optional<Json> read_if_there(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  Json json = read_json(path, kMaxBytes);
  check(json.is_object(), ErrorKind::data, "{}: expected a JSON object", path.string());
  return json;
}

/// added_tokens.json: texts and their ids.
void add_old_tokens(const fs::path& path, std::vector<AddedCtcSymbol>& added) {
  const auto json = read_if_there(path);
  if (!json) return;
  for (const auto& [text, id] : json->items()) {
    check(id.is_number_integer(), ErrorKind::data, "{}: the id of \"{}\" is no whole number",
          path.string(), text);
    added.push_back({.text = text, .id = id.get<std::int64_t>()});
  }
}

Json token_json(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

std::vector<std::pair<std::string, std::int64_t>> read_ctc_symbols(const Json& vocabulary,
                                                                   const std::string& language,
                                                                   const std::string& source) {
  check(vocabulary.is_object() && !vocabulary.empty(), ErrorKind::data,
        "{}: expected a JSON object of symbols and their ids, or one of such for each language",
        source);
  const bool nested = is_nested(vocabulary);
  check(nested || language.empty(), ErrorKind::user,
        "{}: it has one alphabet, not one for each language, so that \"{}\" cannot be chosen; "
        "leave out --language",
        source, language);
  const Json& object = nested ? language_of(vocabulary, language, source) : vocabulary;
  std::vector<std::pair<std::string, std::int64_t>> symbols;
  symbols.reserve(object.size());
  for (const auto& [symbol, id] : object.items()) {
    check(id.is_number_integer(), ErrorKind::data,
          "{}: the id of symbol \"{}\" is {}, expected a whole number", source, symbol,
          shorten_utf8(dump_json_line(id), 40));
    check(!symbol.empty(), ErrorKind::data, "{}: the symbol of id {} is empty", source,
          id.get<std::int64_t>());
    symbols.emplace_back(symbol, id.get<std::int64_t>());
  }
  return symbols;
}

void read_ctc_names(const Json& config, CtcSymbolNames& names, const std::string& source) {
  const auto take = [&](const char* key, std::string& name) {
    if (auto text = token_of(config, key, source)) name = std::move(*text);
  };
  take("pad_token", names.pad);
  take("unk_token", names.unknown);
  take("bos_token", names.begin);
  take("eos_token", names.end);
  take("word_delimiter_token", names.delimiter);
  take("replace_word_delimiter_char", names.delimiter_text);
  if (const Json* const small = member_of(config, "do_lower_case"); small && small->is_boolean()) {
    names.has_small_texts = small->get<bool>();
  }
}

std::vector<AddedCtcSymbol> read_added_ctc_symbols(const Json& config, const std::string& source) {
  std::vector<AddedCtcSymbol> added;
  const Json* const decoder = member_of(config, "added_tokens_decoder");
  if (decoder == nullptr || !decoder->is_object()) return added;
  const auto flag = [](const Json& token, const char* key) {
    const Json* const value = member_of(token, key);
    return value != nullptr && value->is_boolean() && value->get<bool>();
  };
  for (const auto& [key, token] : decoder->items()) {
    std::int64_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    const Json* const text = token.is_object() ? member_of(token, "content") : nullptr;
    check(error == std::errc() && end == key.data() + key.size() && id >= 0 && text != nullptr &&
              text->is_string(),
          ErrorKind::data,
          "{}: added_tokens_decoder: \"{}\" is no id with an object that has the token's text as "
          "\"content\"",
          source, key);
    added.push_back({.text = text->get<std::string>(),
                     .id = id,
                     .strips_left = flag(token, "lstrip"),
                     .strips_right = flag(token, "rstrip")});
  }
  return added;
}

CtcVocabulary parse_fairseq_dictionary(std::string_view text, const std::string& source) {
  // fairseq's CTC takes <s>, its first symbol, for the blank.
  std::vector<std::pair<std::string, std::int64_t>> symbols = {
      {"<pad>", 0}, {"<s>", 1}, {"</s>", 2}, {"<unk>", 3}};
  std::int64_t number = 0;
  const auto lines = split(text, '\n');
  for (std::string_view line : lines) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    check(!find_invalid_utf8(line), ErrorKind::data, "{}:{}: invalid UTF-8", source, number);
    if (line.ends_with(" #fairseq:overwrite")) line = line.substr(0, line.rfind(' '));
    const std::size_t blank = line.rfind(' ');
    check(blank != line.npos && blank > 0 && blank + 1 < line.size() &&
              line.find_first_not_of("0123456789", blank + 1) == line.npos,
          ErrorKind::data, "{}:{}: expected a symbol, a blank and its count, got \"{}\"", source,
          number, shorten_utf8(line, 60));
    std::string symbol(line.substr(0, blank));
    const auto is_same = [&](const auto& known) { return known.first == symbol; };
    check(std::ssize(symbols) <= CtcVocabulary::kMaxSymbols, ErrorKind::data,
          "{}: more than {} symbols: it is no dictionary of letters", source,
          CtcVocabulary::kMaxSymbols);
    // fairseq leaves such names out: they are there already.
    check(std::none_of(symbols.begin(), symbols.begin() + 4, is_same), ErrorKind::data,
          "{}:{}: the symbol \"{}\" is one that every dictionary has", source, number, symbol);
    symbols.emplace_back(std::move(symbol), std::ssize(symbols));
  }
  check(symbols.size() > 4, ErrorKind::data, "{}: it holds no symbol", source);
  std::vector<std::string> sorted;
  for (const auto& [symbol, id] : symbols) sorted.push_back(symbol);
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  check(twice == sorted.end(), ErrorKind::data, "{}: the symbol \"{}\" is there twice", source,
        twice == sorted.end() ? "" : *twice);
  return CtcVocabulary(std::move(symbols), {}, {}, source);
}

bool CtcVocabulary::is_in(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "vocab.json", ignored);
}

std::vector<std::string> CtcVocabulary::languages_of(const fs::path& folder) {
  const Json vocabulary = read_json(folder / "vocab.json", kMaxBytes);
  return is_nested(vocabulary) ? keys_of_object(vocabulary) : std::vector<std::string>();
}

CtcVocabulary CtcVocabulary::from_folder(const fs::path& folder, const std::string& language) {
  const fs::path file = folder / "vocab.json";
  const Json vocabulary = read_json(file, kMaxBytes);
  CtcSymbolNames names;
  std::vector<AddedCtcSymbol> added;
  std::string chosen = language;
  const fs::path map_file = folder / "special_tokens_map.json";
  const fs::path config_file = folder / "tokenizer_config.json";
  // The configuration, which is newer, wins.
  if (const auto map = read_if_there(map_file)) read_ctc_names(*map, names, map_file.string());
  if (const auto config = read_if_there(config_file)) {
    check_class(*config, config_file.string());
    read_ctc_names(*config, names, config_file.string());
    added = read_added_ctc_symbols(*config, config_file.string());
    const Json* const target = member_of(*config, "target_lang");
    if (chosen.empty() && is_nested(vocabulary) && target != nullptr && target->is_string()) {
      chosen = target->get<std::string>();
    }
  }
  add_old_tokens(folder / "added_tokens.json", added);
  return CtcVocabulary(read_ctc_symbols(vocabulary, chosen, file.string()), added, std::move(names),
                       file.string());
}

CtcVocabulary CtcVocabulary::from_fairseq(const fs::path& dictionary) {
  return parse_fairseq_dictionary(read_file(dictionary, kMaxBytes), dictionary.string());
}

void CtcVocabulary::save(const fs::path& folder) const {
  Json vocabulary = Json::object();
  // Straight into the ordered container: assignment by key would look through all each time.
  for (std::size_t id = 0; id < symbols_.size(); ++id) {
    vocabulary.get_ref<Json::object_t&>().emplace_back(symbols_[id], id);
  }
  Json tokens = {{"pad_token", token_json(names_.pad)}, {"unk_token", token_json(names_.unknown)}};
  if (!names_.begin.empty()) tokens["bos_token"] = names_.begin;
  if (!names_.end.empty()) tokens["eos_token"] = names_.end;
  Json config = {{"tokenizer_class", "Wav2Vec2CTCTokenizer"},
                 {"processor_class", "Wav2Vec2Processor"},
                 {"bos_token", token_json(names_.begin)},
                 {"eos_token", token_json(names_.end)},
                 {"unk_token", token_json(names_.unknown)},
                 {"pad_token", token_json(names_.pad)},
                 {"word_delimiter_token", token_json(names_.delimiter)},
                 {"replace_word_delimiter_char", names_.delimiter_text},
                 {"do_lower_case", names_.has_small_texts}};
  // transformers 5 loses one that is a mere text, unless it is the default.
  if (!names_.delimiter.empty() && names_.delimiter != "|") {
    config["word_delimiter_token"] = {{"__type", "AddedToken"}, {"content", names_.delimiter},
                                      {"lstrip", false},        {"normalized", false},
                                      {"rstrip", false},        {"single_word", false},
                                      {"special", true}};
  }
  write_file_atomically(folder / "vocab.json", dump_json(vocabulary));
  write_file_atomically(folder / "tokenizer_config.json", dump_json(config));
  write_file_atomically(folder / "special_tokens_map.json", dump_json(tokens));
}

}  // namespace attune
