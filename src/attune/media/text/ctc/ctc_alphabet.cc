#include "attune/media/text/ctc/ctc_alphabet.h"

#include <utility>

#include "attune/base/error.h"

namespace attune {

void TimedWord::add(TimedSymbol symbol) {
  double frames = 0;
  for (const TimedSymbol& before : symbols) {
    frames += static_cast<double>(before.end - before.begin);
  }
  const auto more = static_cast<double>(symbol.end - symbol.begin);
  confidence = (confidence * frames + symbol.probability * more) / (frames + more);
  if (symbols.empty()) begin = symbol.begin;
  end = symbol.end;
  text += symbol.text;
  symbols.push_back(std::move(symbol));
}

std::string CtcText::text() const {
  std::string result;
  for (const TimedWord& word : words) {
    if (!result.empty()) result += ' ';
    result += word.text;
  }
  return result;
}

bool can_spell(const CtcAlphabet& alphabet, std::string_view word) {
  std::vector<bool> reached(word.size() + 1);
  reached[0] = true;
  for (std::size_t at = 0; at < word.size(); ++at) {
    for (std::size_t i = 0; reached[at] && i < alphabet.labels.size(); ++i) {
      const auto label = static_cast<std::int64_t>(i);
      const std::string& letters = alphabet.labels[i];
      if (label == alphabet.blank || label == alphabet.separator || letters.empty()) continue;
      if (word.substr(at).starts_with(letters)) reached[at + letters.size()] = true;
    }
  }
  return !word.empty() && reached[word.size()];
}

void check_alphabet(const CtcAlphabet& alphabet) {
  const auto size = static_cast<std::int64_t>(alphabet.labels.size());
  check(size > 0, ErrorKind::user, "a CTC alphabet without labels");
  check(alphabet.blank >= 0 && alphabet.blank < size, ErrorKind::user,
        "the CTC blank is label {} of {}", alphabet.blank, size);
  check(
      alphabet.separator >= -1 && alphabet.separator < size && alphabet.separator != alphabet.blank,
      ErrorKind::user, "the word separator is label {} of {}, of which {} is the blank",
      alphabet.separator, size, alphabet.blank);
}

}  // namespace attune
