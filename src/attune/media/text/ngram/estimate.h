#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attune/media/text/ngram/ngram_trie.h"

namespace attune {

/// Estimates an n-gram model from sentences by interpolated modified Kneser-Ney smoothing (Chen and
/// Goodman 1998, section 4.1.6), with the conventions of KenLM's lmplz (Heafield et al. 2013):
/// n-grams behind `<s>` keep their counts, the unigrams are interpolated with 1 / |vocabulary|,
/// `<unk>` gets what is left. Memory: some 40 bytes for each different n-gram.
class NGramEstimator {
 public:
  explicit NGramEstimator(int order);

  /// A sentence's words between white space; an empty one counts as one too. Throws `data` where it
  /// holds `<s>`, `</s>` or `<unk>`.
  void add(std::string_view sentence);

  /// With `discount_fallback` an order whose counts of counts give no discounts (too little text)
  /// takes 0.5, 1 and 1.5, as lmplz's option; without, that throws `data`.
  std::string to_arpa(bool discount_fallback = false) const;

 private:
  struct Node {
    std::uint32_t word, parent, suffix;  ///< of "a b c": c, "a b", "b c"
    std::uint64_t count = 0;             ///< adjusted: how many words it was seen behind
  };
  using Discounts = std::array<double, 4>;  ///< by count; [0] is 0, [3] for 3 and more

  void add_token(std::uint32_t word, std::size_t position, std::vector<std::uint32_t>& window);
  Discounts discounts(std::size_t order, bool fallback) const;

  std::size_t order_;
  NGramTrie trie_;
  std::vector<Node> nodes_;                           ///< by number of the trie's
  std::vector<std::vector<std::uint32_t>> by_order_;  ///< nodes of each order; [0] has none
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::uint32_t> ids_;
};

}  // namespace attune
