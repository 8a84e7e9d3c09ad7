#include "attune/models/speech/ctc_head.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "attune/base/error.h"
#include "attune/media/text/unicode/letter_case.h"

namespace attune {

namespace {

// By what they mean. The blank needs no name: its number says what it is.
std::vector<std::string> meanings(const CtcVocabulary& vocabulary, bool any_case) {
  const CtcSymbolNames& names = vocabulary.names();
  const CtcSymbolNames usual;  // such as no vocabulary gives to a letter
  std::vector<std::string> result;
  for (const std::string& symbol : vocabulary.symbols()) {
    std::string& meaning = result.emplace_back(symbol);
    if (symbol == names.unknown) {
      meaning = usual.unknown;
    } else if (symbol == names.begin) {
      meaning = usual.begin;
    } else if (symbol == names.end) {
      meaning = usual.end;
    } else if (symbol == names.delimiter) {
      meaning = usual.delimiter;
    } else if (any_case) {
      meaning = lower_case(symbol);
    }
  }
  return result;
}

bool is_one_case(const CtcVocabulary& vocabulary) {
  return vocabulary.text_case() != LetterCase::both;
}

// -1: of none, or of several.
std::unordered_map<std::string_view, std::int64_t> places(const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, std::int64_t> result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto [place, is_new] = result.emplace(names[i], static_cast<std::int64_t>(i));
    if (!is_new) place->second = -1;
  }
  return result;
}

}  // namespace

CtcHeadRows ctc_head_rows(const CtcHeadOptions& head, std::int64_t known_size,
                          std::int64_t known_blank) {
  const std::int64_t size =
      head.symbols.empty() ? head.vocab_size.value_or(known_size) : std::ssize(head.symbols);
  const std::int64_t blank = head.blank.value_or(known_blank);
  check(size >= 1 && blank >= 0 && blank < size, ErrorKind::user,
        "a head of {} outputs with the blank {}: the blank must be one of them", size, blank);
  check(head.vocab_size.value_or(size) == size, ErrorKind::user,
        "a head of {} outputs for {} symbols: expected one for each", head.vocab_size.value_or(0),
        head.symbols.size());
  check(head.symbols.empty() || head.blank, ErrorKind::user,
        "a head for {} symbols without a blank: expected the number of one of them", size);
  if (head.fresh || head.symbols.empty()) return {.fresh = head.fresh || size != known_size};
  // What the checkpoint's outputs mean is not known.
  if (head.known_symbols.empty()) return {.fresh = true};
  const auto known = places(head.known_symbols), wanted = places(head.symbols);
  CtcHeadRows result{.fresh = true};
  for (std::int64_t i = 0; i < size; ++i) {
    const std::string& symbol = head.symbols[static_cast<std::size_t>(i)];
    const auto found = known.find(symbol);
    const bool is_symbol = i != blank && found != known.end() && wanted.at(symbol) == i;
    std::int64_t row = i == blank ? known_blank : is_symbol ? found->second : -1;
    // A symbol with the name that the other vocabulary's blank has; one that the head has no output
    // for, as tokenizers add them.
    if ((row == known_blank && i != blank) || row >= known_size) row = -1;
    result.rows.push_back(row);
  }
  std::vector<std::int64_t> as_it_stands(static_cast<std::size_t>(known_size));
  std::iota(as_it_stands.begin(), as_it_stands.end(), 0);
  if (result.rows == as_it_stands) return {};
  return result;
}

void ask_for_symbols(const CtcVocabulary& wanted, const CtcVocabulary* known,
                     CtcHeadOptions& head) {
  const bool any_case = known != nullptr && is_one_case(wanted) && is_one_case(*known);
  head.symbols = meanings(wanted, any_case);
  head.known_symbols = known == nullptr ? std::vector<std::string>{} : meanings(*known, any_case);
  head.blank = wanted.blank();
}

}  // namespace attune
