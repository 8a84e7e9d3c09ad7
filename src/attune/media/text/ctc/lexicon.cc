#include "attune/media/text/ctc/lexicon.h"

#include <algorithm>
#include <unordered_set>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

constexpr std::string_view kSpace = " \t\r\v\f";

/// Takes the next word off a line; "" at its end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kSpace));
  line.remove_prefix(word.size());
  return word;
}

/// The labels that a spelling may hold, and the separators it may end with.
struct SpellingLabels {
  explicit SpellingLabels(const CtcAlphabet& alphabet) {
    for (std::size_t i = 0; i < alphabet.labels.size(); ++i) {
      const auto label = static_cast<std::int64_t>(i);
      if (label == alphabet.separator) separators.insert(alphabet.labels[i]);
      if (label != alphabet.separator && label != alphabet.blank)
        letters.insert(alphabet.labels[i]);
    }
    if (!letters.contains("|")) separators.insert("|");
  }
  std::unordered_set<std::string_view> letters, separators;
};

}  // namespace

void Lexicon::add(std::string_view word, std::string_view spelling) {
  const std::uint32_t node = spellings_.add(spelling);
  if (node >= first_word_.size()) first_word_.resize(spellings_.size(), kNone);
  const std::uint32_t first = first_word_[node];
  for (std::uint32_t alike = first; alike != kNone; alike = next_alike(alike)) {
    if (words_[alike].text == word) return;
  }
  first_word_[node] = static_cast<std::uint32_t>(words_.size());
  words_.push_back({std::string(word), std::string(spelling), first});
}

Lexicon parse_lexicon(std::string_view text, const std::string& name, const CtcAlphabet& alphabet) {
  const SpellingLabels labels(alphabet);
  Lexicon lexicon;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    check(!find_invalid_utf8(line), ErrorKind::data,
          "{}:{}: not valid UTF-8; convert the file to UTF-8", name, number);
    const std::string_view word = next_word(line);
    if (word.empty()) continue;
    std::string spelling;
    bool ended = false;
    for (auto label = next_word(line); !label.empty(); label = next_word(line)) {
      check(
          !ended && (labels.letters.contains(label) || labels.separators.contains(label)),
          ErrorKind::data,
          "{}:{}: \"{}\" behind the word \"{}\" is no label of the model; expected a word a line, "
          "or a word and its spelling in labels with spaces between",
          name, number, shorten_utf8(label, 40), shorten_utf8(word, 40));
      ended = !labels.letters.contains(label);
      if (!ended) spelling += label;
    }
    lexicon.add(word, spelling.empty() ? word : std::string_view(spelling));
  }
  check(lexicon.size() > 0, ErrorKind::data, "{}: no word in it; expected a word a line", name);
  return lexicon;
}

Lexicon read_lexicon(const fs::path& path, const CtcAlphabet& alphabet) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return parse_lexicon({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string(),
                       alphabet);
}

}  // namespace attune
