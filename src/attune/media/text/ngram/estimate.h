#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/media/text/ngram/ngram_trie.h"
#include "attune/media/text/ngram/text_hash.h"

namespace attune {

/// Estimates an n-gram model from sentences by interpolated modified Kneser-Ney smoothing (Chen and
/// Goodman 1998, section 4.1.6), with the conventions of KenLM's lmplz (Heafield et al. 2013):
/// n-grams behind `<s>` keep their counts, the unigrams are interpolated with 1 / |vocabulary|,
/// `<unk>` gets what is left. Memory: some 50 bytes for each different n-gram, 80 while it writes.
class NGramEstimator {
 public:
  /// `prune`: n-grams that occur no more often than this are left out, by length, the last number
  /// for all longer ones too (lmplz's `--prune`); none: all are kept. Throws `user` where the order
  /// is not 1 to NGramModel::kMaxOrder, there are more numbers than orders, the first is not 0 or
  /// one is smaller than that before it.
  explicit NGramEstimator(int order, std::vector<std::uint64_t> prune = {});

  /// A sentence's words between white space; an empty one counts as one too. Throws `data` where it
  /// holds `<s>`, `</s>` or `<unk>`.
  void add(std::string_view sentence);

  std::uint64_t num_sentences() const { return sentences_; }
  std::uint64_t num_words() const { return tokens_; }  ///< without `<s>` and `</s>`
  /// N-grams of each length that a model has; of length 1 with `<unk>`, `<s>` and `</s>`.
  std::vector<std::uint64_t> num_ngrams() const;

  /// The model in ARPA format, handed to `write` in pieces. With `discount_fallback` an order whose
  /// counts of counts give no discounts (too little text) takes 0.5, 1 and 1.5, as lmplz's option;
  /// without, that throws `data`. Looks for a signal to stop (process/stop.h).
  void write_arpa(bool discount_fallback, const std::function<void(std::string_view)>& write) const;
  std::string to_arpa(bool discount_fallback = false) const;

 private:
  struct Node {
    std::uint32_t word, parent, suffix;  ///< of "a b c": c, "a b", "b c"
    std::uint64_t count = 0;             ///< adjusted: how many words it was seen behind
  };
  using Discounts = std::array<double, 4>;  ///< by count; [0] is 0, [3] for 3 and more
  struct Estimate;

  void add_token(std::uint32_t word, std::size_t position, std::vector<std::uint32_t>& window);
  Discounts discounts(std::size_t order, bool fallback) const;
  bool is_pruned(std::size_t order, std::uint32_t node) const;
  void append_entry(std::size_t order, std::uint32_t node, const Estimate& estimate,
                    std::string& text) const;

  std::size_t order_;
  std::vector<std::uint64_t> prune_;  ///< by order, from 1; empty: nothing
  NGramTrie trie_;
  std::vector<Node> nodes_;                           ///< by number of the trie's
  std::vector<std::uint64_t> seen_;                   ///< occurrences by node, where it prunes
  std::vector<std::vector<std::uint32_t>> by_order_;  ///< nodes of each order; [0] has none
  std::vector<std::string> words_;
  TextMap<std::uint32_t> ids_;
  std::uint64_t sentences_ = 0, tokens_ = 0;
};

}  // namespace attune
