#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/media/text/ngram/ngram_trie.h"
#include "attune/media/text/ngram/text_hash.h"

namespace attune {

/// A back-off n-gram language model over words. Probabilities are base-10 logarithms, as in ARPA
/// files and KenLM.
class NGramModel {
 public:
  static constexpr int kMaxOrder = 16;
  static constexpr std::string_view kBegin = "<s>", kEnd = "</s>", kUnknown = "<unk>";
  /// Of a word that is not in a model without `<unk>`; KenLM's number.
  static constexpr float kUnknownScore = -100;

  /// The longest ends of what was said so far that are n-grams of the model: all that the
  /// probability of the next word depends on.
  struct State {
    std::array<std::uint32_t, kMaxOrder - 1> nodes{};  ///< by length, kNone where there is none
    int length = 0;
    bool operator==(const State&) const = default;
  };

  /// With the order of its longest n-grams, 1 .. kMaxOrder.
  explicit NGramModel(int order);

  /// Room for so many, so that filling it moves nothing.
  void reserve(std::size_t ngrams, std::size_t words);
  /// The number of a word, new ones get the next. Throws `data` beyond 2^32 - 2.
  std::uint32_t add_word(std::string_view word);
  struct Entry {
    float log_probability, log_backoff;
  };
  /// Sets n-grams of known words, all of one length, 1 .. order(): `words` holds those of each
  /// behind the other's. A beginning is added where it lacks, without a probability of its own. The
  /// first that was set before, if any; those behind it then may be set or not.
  std::optional<std::size_t> add(std::span<const std::uint32_t> words,
                                 std::span<const Entry> entries);

  int order() const { return order_; }
  std::size_t num_words() const { return words_.size(); }
  const std::string& word(std::uint32_t id) const { return words_[id]; }
  bool knows(std::string_view word) const { return ids_.contains(word); }
  std::optional<std::uint32_t> find_word(std::string_view word) const;
  /// The word's number; of an unknown one that of `<unk>`.
  std::uint32_t id_of(std::string_view word) const;

  State empty_state() const { return {}; }  ///< nothing is known of what came before
  State begin_state() const;                ///< at the start of a sentence: behind `<s>`
  /// log10 P(word | state); `state` moves on behind the word.
  float score(State& state, std::uint32_t word) const;
  /// Of words between white space, with `<s>` and `</s>` or without; as KenLM's `Model.score`.
  double score_sentence(std::string_view sentence, bool begin = true, bool end = true) const;

 private:
  std::uint32_t add_node(std::uint32_t parent, std::uint32_t word);

  int order_;
  NGramTrie trie_;
  std::vector<Entry> entries_;  ///< by node; NaN probability: not an n-gram of the model
  std::vector<std::string> words_;
  TextMap<std::uint32_t> ids_;
  std::uint32_t unknown_;
};

}  // namespace attune
