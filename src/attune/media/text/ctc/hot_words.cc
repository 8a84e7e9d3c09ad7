#include "attune/media/text/ctc/hot_words.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {

HotWords::HotWords(std::span<const std::string> phrases, double weight) : weight_(weight) {
  check(std::isfinite(weight), ErrorKind::user, "a weight of hot words of {}; expected a number",
        weight);
  for (const std::string& phrase : phrases) {
    check(!find_invalid_utf8(phrase), ErrorKind::user, "a hot word is no valid UTF-8");
    for (const std::string& word : split(phrase, ' ')) {
      if (const auto trimmed = trim(word); !trimmed.empty()) words_.emplace_back(trimmed);
    }
  }
  // So the first to pass a node is the shortest of its words.
  std::ranges::stable_sort(words_, {}, utf8_length);
  for (const std::string& word : words_) {
    const std::size_t length = utf8_length(word);
    const std::uint32_t node = spellings_.add(word, [&](std::uint32_t passed) {
      if (passed >= shortest_.size()) shortest_.resize(passed + 1, length);
    });
    is_word_.resize(spellings_.size());
    is_word_[node] = true;
  }
}

double HotWords::score(std::string_view word) const {
  const std::uint32_t node = spellings_.find(NGramTrie::kRoot, word);
  return node != Spellings::kNone && node < is_word_.size() && is_word_[node] ? weight_ : 0;
}

double HotWords::beginning_score(std::uint32_t node, std::size_t length) const {
  return weight_ * static_cast<double>(length) / static_cast<double>(shortest_[node]);
}

}  // namespace attune
