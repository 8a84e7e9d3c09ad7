#include "attune/media/text/ngram/ngram_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr float kNoScore = std::numeric_limits<float>::quiet_NaN();

}  // namespace

NGramModel::NGramModel(int order) : order_(order), entries_{{kNoScore, 0}} {
  check(order >= 1 && order <= kMaxOrder, ErrorKind::user,
        "a language model of order {}; expected 1 to {}", order, kMaxOrder);
  // Always there, so that an unknown word has a number.
  unknown_ = add_word(kUnknown);
  add_node(NGramTrie::kRoot, unknown_);
}

void NGramModel::reserve(std::size_t ngrams, std::size_t words) {
  trie_.reserve(ngrams);
  entries_.reserve(ngrams + 1);
  words_.reserve(words + 1);
  ids_.reserve(words + 1);
}

std::uint32_t NGramModel::add_word(std::string_view word) {
  const auto found = ids_.find(word);
  if (found != ids_.end()) return found->second;
  check(words_.size() < NGramTrie::kNone - 1, ErrorKind::data, "more than {} words",
        NGramTrie::kNone - 2);
  const auto id = static_cast<std::uint32_t>(words_.size());
  words_.emplace_back(word);
  ids_.emplace(word, id);
  return id;
}

std::uint32_t NGramModel::add_node(std::uint32_t parent, std::uint32_t word) {
  const auto [node, is_new] = trie_.add(parent, word);
  if (is_new) entries_.push_back({kNoScore, 0});
  return node;
}

std::optional<std::size_t> NGramModel::add(std::span<const std::uint32_t> words,
                                           std::span<const Entry> entries) {
  const std::size_t length = entries.empty() ? 1 : words.size() / entries.size();
  check(length >= 1 && length <= static_cast<std::size_t>(order_) &&
            words.size() == length * entries.size(),
        ErrorKind::internal, "{} n-grams of {} words in a model of order {}", entries.size(),
        words.size(), order_);
  // Each look-up waits for memory. All of a step at once wait together: reading a large model takes
  // half the time.
  std::vector<std::uint32_t> nodes(entries.size(), NGramTrie::kRoot);
  for (std::size_t step = 0; step < length; ++step) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      trie_.prefetch(nodes[i], words[i * length + step]);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      nodes[i] = add_node(nodes[i], words[i * length + step]);
    }
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Entry& entry = entries_[nodes[i]];
    if (!std::isnan(entry.log_probability)) return i;
    entry = entries[i];
  }
  return std::nullopt;
}

std::optional<std::uint32_t> NGramModel::find_word(std::string_view word) const {
  const auto found = ids_.find(word);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::uint32_t NGramModel::id_of(std::string_view word) const {
  return find_word(word).value_or(unknown_);
}

NGramModel::State NGramModel::begin_state() const {
  State state;
  const auto found = ids_.find(kBegin);
  if (order_ == 1 || found == ids_.end()) return state;
  state.nodes[0] = trie_.find(NGramTrie::kRoot, found->second);
  state.length = state.nodes[0] != NGramTrie::kNone;
  return state;
}

float NGramModel::score(State& state, std::uint32_t word) const {
  // From the longest context to none (Katz 1987): the first n-gram that the model has gives the
  // probability, and each context that has none gives its back-off.
  State next;
  float backoff = 0, result = kNoScore;
  for (int length = std::min(state.length, order_ - 1); length >= 0; --length) {
    const std::uint32_t context = length == 0 ? NGramTrie::kRoot : state.nodes[length - 1];
    const std::uint32_t node =
        context == NGramTrie::kNone ? NGramTrie::kNone : trie_.find(context, word);
    if (length < order_ - 1) {
      next.nodes[length] = node;
      if (node != NGramTrie::kNone) next.length = std::max(next.length, length + 1);
    }
    if (!std::isnan(result)) continue;
    if (node != NGramTrie::kNone && !std::isnan(entries_[node].log_probability)) {
      result = backoff + entries_[node].log_probability;
    } else if (context != NGramTrie::kNone) {
      backoff += entries_[context].log_backoff;
    }
  }
  for (int i = next.length; i < kMaxOrder - 1; ++i) next.nodes[i] = 0;  // equal states compare so
  state = next;
  return std::isnan(result) ? backoff + kUnknownScore : result;
}

double NGramModel::score_sentence(std::string_view sentence, bool begin, bool end) const {
  State state = begin ? begin_state() : empty_state();
  double total = 0;
  for (std::size_t at = 0; at < sentence.size();) {
    constexpr std::string_view kSpace = " \t\n\r\v\f";
    const std::size_t start = std::min(sentence.find_first_not_of(kSpace, at), sentence.size());
    at = std::min(sentence.find_first_of(kSpace, start), sentence.size());
    if (at > start) total += score(state, id_of(sentence.substr(start, at - start)));
  }
  if (end) total += score(state, id_of(kEnd));
  return total;
}

}  // namespace attune
