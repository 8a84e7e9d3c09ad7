#pragma once

#include <cstdint>
#include <string_view>

#include "attune/media/text/ngram/ngram_trie.h"

namespace attune {

/// Words by their letters, for searches that write them a piece at a time: nodes stand for
/// beginnings of words, 0 for none of their letters.
class Spellings {
 public:
  static constexpr std::uint32_t kNone = NGramTrie::kNone;

  /// The node of the whole word; `each`, where given, is called with the node behind each byte.
  template <typename Visit>
  std::uint32_t add(std::string_view word, const Visit& each) {
    std::uint32_t node = NGramTrie::kRoot;
    for (const char letter : word) {
      node = trie_.add(node, static_cast<std::uint8_t>(letter)).first;
      each(node);
    }
    return node;
  }
  std::uint32_t add(std::string_view word) {
    return add(word, [](std::uint32_t) {});
  }

  /// Of the beginning that `letters` make longer; kNone where no word begins so, or `node` is that.
  std::uint32_t find(std::uint32_t node, std::string_view letters) const {
    for (const char letter : letters) {
      if (node == kNone) break;
      node = trie_.find(node, static_cast<std::uint8_t>(letter));
    }
    return node;
  }

  std::uint32_t size() const { return trie_.size(); }

 private:
  NGramTrie trie_;  ///< over bytes
};

}  // namespace attune
