#include "attune/media/text/ctc/ctc_alphabet.h"

#include "attune/base/error.h"

namespace attune {

std::string CtcText::text() const {
  std::string result;
  for (const TimedWord& word : words) {
    if (!result.empty()) result += ' ';
    result += word.text;
  }
  return result;
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
