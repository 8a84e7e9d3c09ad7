#include "attune/media/text/ctc/ctc_vocabulary.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

constexpr std::size_t kShownSymbols = 20;

std::string_view without_blanks(std::string_view text, bool left, bool right) {
  const auto is_blank_at = [&](std::size_t at) {
    return is_white_space(next_code_point(text, at));
  };
  while (left && !text.empty() && is_blank_at(0)) {
    std::size_t length = 0;
    next_code_point(text, length);
    text.remove_prefix(length);
  }
  while (right && !text.empty()) {
    std::size_t last = text.size() - 1;
    while ((text[last] & 0xC0) == 0x80) --last;
    if (!is_blank_at(last)) break;
    text = text.substr(0, last);
  }
  return text;
}

}  // namespace

CtcVocabulary::CtcVocabulary(std::vector<std::pair<std::string, std::int64_t>> symbols,
                             std::span<const AddedCtcSymbol> added, CtcSymbolNames names,
                             const std::string& source)
    : names_(std::move(names)) {
  check(!names_.pad.empty(), ErrorKind::data,
        "{}: it names no pad token, which is the blank of CTC; set pad_token in "
        "tokenizer_config.json",
        source);
  place(symbols, added, source);
  describe(source);
}

void CtcVocabulary::place(std::vector<std::pair<std::string, std::int64_t>>& symbols,
                          std::span<const AddedCtcSymbol> added, const std::string& source) {
  std::set<std::string> own;
  for (const auto& [symbol, id] : symbols) own.insert(symbol);
  std::vector<AddedCtcSymbol> behind(added.begin(), added.end());
  // transformers puts those that are nowhere else behind all, in this order.
  for (const std::string& name :
       {names_.begin, names_.end, names_.unknown, names_.pad, names_.delimiter}) {
    if (!name.empty()) behind.push_back({.text = name});
  }
  for (const AddedCtcSymbol& symbol : behind) {
    if (symbol.text.empty() || !own.insert(symbol.text).second) continue;
    symbols.emplace_back(symbol.text, symbol.id < 0 ? std::ssize(symbols) : symbol.id);
    if (utf8_length(symbol.text) > 1 && !is_silent(symbol.text)) {
      long_symbols_.push_back(
          {symbol.text, symbols.back().second, symbol.strips_left, symbol.strips_right});
    }
  }
  const auto size = std::ssize(symbols);
  check(size <= kMaxSymbols, ErrorKind::data,
        "{}: {} symbols; a CTC alphabet has at most {}: it is no vocabulary of characters", source,
        with_thousands(size), with_thousands(kMaxSymbols));
  symbols_.resize(symbols.size());
  std::vector<bool> is_taken(symbols.size());
  for (const auto& [symbol, id] : symbols) {
    check(id >= 0 && id < size, ErrorKind::data,
          "{}: symbol \"{}\" has the id {}, but {} symbols have the ids 0 to {}: some id between "
          "them is left out",
          source, symbol, id, size, size - 1);
    const auto at = static_cast<std::size_t>(id);
    check(!is_taken[at], ErrorKind::data, "{}: the symbols \"{}\" and \"{}\" both have the id {}",
          source, symbols_[at], symbol, id);
    is_taken[at] = true;
    symbols_[at] = symbol;
    ids_.emplace(symbol, id);
  }
}

void CtcVocabulary::describe(const std::string& source) {
  blank_ = *id_of(names_.pad);  // `place` has put it behind all where it was nowhere
  unknown_ = id_of(names_.unknown);
  delimiter_ = id_of(names_.delimiter);
  check(delimiter_ != blank_ && unknown_ != blank_, ErrorKind::data,
        "{}: \"{}\" is both the blank of CTC (pad token) and another special symbol", source,
        names_.pad);
  alphabet_.blank = blank_;
  std::set<std::string> behind;
  for (const LongSymbol& symbol : long_symbols_) behind.insert(symbol.text);
  std::string letters;
  for (std::size_t id = 0; id < symbols_.size(); ++id) {
    const std::string& symbol = symbols_[id];
    const bool is_delimiter = delimiter_ == static_cast<std::int64_t>(id);
    const bool has_no_text = is_silent(symbol) || symbol == names_.unknown;
    std::string label = has_no_text ? "" : is_delimiter ? names_.delimiter_text : symbol;
    if (names_.has_small_texts) label = lower_case(label);
    letters += label;
    alphabet_.labels.push_back(std::move(label));
    if (utf8_length(symbol) > 1 && !is_silent(symbol) && !behind.contains(symbol)) {
      long_symbols_.push_back({symbol, static_cast<std::int64_t>(id), true, true});
    }
  }
  if (delimiter_ && names_.delimiter_text == " ") alphabet_.separator = *delimiter_;
  text_case_ = letter_case(letters);
  std::ranges::stable_sort(long_symbols_, std::greater(),
                           [](const LongSymbol& symbol) { return symbol.text.size(); });
}

std::optional<std::int64_t> CtcVocabulary::id_of(const std::string& symbol) const {
  const auto found = ids_.find(symbol);
  if (symbol.empty() || found == ids_.end()) return std::nullopt;
  return found->second;
}

bool CtcVocabulary::is_silent(const std::string& symbol) const {
  return symbol == names_.pad || symbol == names_.begin || symbol == names_.end ||
         symbol.starts_with("<unused");
}

CtcVocabulary CtcVocabulary::fitted_to(std::int64_t outputs, const std::string& source) const {
  CtcSymbolNames names = names_;
  std::vector<std::pair<std::string, std::int64_t>> symbols;
  for (std::int64_t id = 0; id < size(); ++id) {
    const std::string& symbol = symbols_[static_cast<std::size_t>(id)];
    if (id < outputs) {
      symbols.emplace_back(symbol, id);
      continue;
    }
    std::string* const name = symbol == names.begin       ? &names.begin
                              : symbol == names.end       ? &names.end
                              : symbol == names.unknown   ? &names.unknown
                              : symbol == names.delimiter ? &names.delimiter
                                                          : nullptr;
    check(name != nullptr, ErrorKind::data,
          "{}: the head has {} outputs, but symbol \"{}\" of the vocabulary ({} symbols) has the "
          "id {}: vocabulary and weights are not of one model",
          source, outputs, symbol, size(), id);
    name->clear();
  }
  for (std::int64_t id = size(); id < outputs; ++id) {
    symbols.emplace_back(fmt::format("<unused{}>", id), id);
  }
  return CtcVocabulary(std::move(symbols), {}, std::move(names), source);
}

const CtcVocabulary::LongSymbol* CtcVocabulary::longest_at(std::string_view text) const {
  const auto found = std::ranges::find_if(
      long_symbols_, [&](const LongSymbol& symbol) { return text.starts_with(symbol.text); });
  return found == long_symbols_.end() ? nullptr : &*found;
}

std::vector<CtcVocabulary::Piece> CtcVocabulary::pieces_of(std::string_view text) const {
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  const auto end_characters = [&](std::size_t end) {
    if (end > begin) pieces.push_back({text.substr(begin, end - begin)});
  };
  for (std::size_t at = 0; at < text.size() && !long_symbols_.empty();) {
    const LongSymbol* const symbol = longest_at(text.substr(at));
    if (symbol == nullptr) {
      next_code_point(text, at);
      continue;
    }
    end_characters(at);
    pieces.push_back({text.substr(at, symbol->text.size()), symbol});
    begin = at += symbol->text.size();
  }
  end_characters(text.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].symbol != nullptr) continue;
    const bool left = i > 0 && pieces[i - 1].symbol->strips_right;
    const bool right = i + 1 < pieces.size() && pieces[i + 1].symbol->strips_left;
    pieces[i].text = without_blanks(pieces[i].text, left, right);
  }
  return pieces;
}

void CtcVocabulary::encode_characters(std::string_view text, std::vector<std::int64_t>& ids,
                                      std::vector<std::string>& unknown) const {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(text, at);
    if (c == ' ') {
      if (delimiter_) ids.push_back(*delimiter_);
      continue;
    }
    const std::string symbol(text.substr(begin, at - begin));
    if (const auto id = id_of(symbol); id && !is_silent(symbol)) {
      ids.push_back(*id);
    } else {
      unknown.push_back(symbol);
      if (unknown_) ids.push_back(*unknown_);
    }
  }
}

std::vector<std::int64_t> CtcVocabulary::encode_all(std::string_view text,
                                                    std::vector<std::string>& unknown) const {
  std::vector<std::int64_t> ids;
  for (const Piece& piece : pieces_of(text)) {
    if (piece.symbol != nullptr) {
      ids.push_back(piece.symbol->id);
    } else if (names_.has_small_texts) {
      encode_characters(upper_case(piece.text), ids, unknown);
    } else {
      encode_characters(piece.text, ids, unknown);
    }
  }
  return ids;
}

std::vector<std::string> CtcVocabulary::unknown_in(std::string_view text) const {
  std::vector<std::string> unknown;
  encode_all(text, unknown);
  return unknown;
}

std::vector<std::int64_t> CtcVocabulary::encode_known(std::string_view text,
                                                      std::vector<std::string>& left_out) const {
  std::vector<std::int64_t> ids = encode_all(text, left_out);
  // No character of a text is the unknown symbol itself.
  if (unknown_) std::erase(ids, *unknown_);
  return ids;
}

std::vector<std::int64_t> CtcVocabulary::encode(
    std::string_view text, std::vector<std::string>* unknown_characters) const {
  std::vector<std::string> unknown;
  std::vector<std::int64_t> ids = encode_all(text, unknown);
  if (!unknown.empty() && !unknown_) {
    std::ranges::sort(unknown);
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    unknown.resize(std::min(unknown.size(), kShownSymbols));
    fail(ErrorKind::data,
         "the transcript \"{}\" has characters that the vocabulary has not, nor a symbol for what "
         "is unknown: {}",
         shorten_utf8(text, 60), join(unknown, " "));
  }
  if (unknown_characters != nullptr) {
    unknown_characters->insert(unknown_characters->end(), unknown.begin(), unknown.end());
  }
  return ids;
}

CtcVocabulary CtcVocabulary::from_texts(std::span<const std::string_view> texts) {
  std::set<char32_t> characters;
  for (const std::string_view text : texts) {
    for (std::size_t at = 0; at < text.size();) {
      const char32_t c = next_code_point(text, at);
      if (!is_white_space(c) && c != '|') characters.insert(c);
    }
  }
  check(!characters.empty(), ErrorKind::data,
        "none of the {} transcripts has a character to make a vocabulary of", texts.size());
  CtcSymbolNames names{.pad = "[PAD]", .unknown = "[UNK]", .begin = "", .end = ""};
  // The script sorts characters with the blank among them, which comes first.
  std::vector<std::pair<std::string, std::int64_t>> symbols = {{names.delimiter, 0}};
  for (const char32_t c : characters) {
    std::string symbol;
    append_utf8(symbol, c);
    symbols.emplace_back(std::move(symbol), std::ssize(symbols));
  }
  symbols.emplace_back(names.unknown, std::ssize(symbols));
  symbols.emplace_back(names.pad, std::ssize(symbols));
  return CtcVocabulary(std::move(symbols), {}, std::move(names), "the transcripts");
}

}  // namespace attune
