#include "attune/media/text/ngram/estimate.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "attune/base/error.h"
#include "attune/media/text/ngram/ngram_model.h"

namespace attune {
namespace {

constexpr std::uint32_t kUnknownId = 0, kBeginId = 1, kEndId = 2;

float log_10(double value) {
  return static_cast<float>(std::log10(value));
}

}  // namespace

NGramEstimator::NGramEstimator(int order)
    : order_(static_cast<std::size_t>(order)), nodes_(1), by_order_(order_ + 1) {
  check(order >= 1 && order <= NGramModel::kMaxOrder, ErrorKind::user,
        "a language model of order {}; expected 1 to {}", order, NGramModel::kMaxOrder);
  for (const auto& word : {NGramModel::kUnknown, NGramModel::kBegin, NGramModel::kEnd}) {
    ids_.emplace(word, static_cast<std::uint32_t>(words_.size()));
    words_.emplace_back(word);
  }
  // Unigrams of these two never get a count of their own.
  for (const std::uint32_t id : {kUnknownId, kBeginId}) {
    by_order_[1].push_back(trie_.add(NGramTrie::kRoot, id).first);
    nodes_.push_back({id, NGramTrie::kRoot, NGramTrie::kRoot});
  }
}

void NGramEstimator::add_token(std::uint32_t word, std::size_t position,
                               std::vector<std::uint32_t>& window) {
  // `window[k]`: the n-gram of the last k words; becomes that of the last k with this one. From
  // short to long, so that an n-gram's end is there before it.
  std::vector<std::uint32_t> next{NGramTrie::kRoot};
  for (std::size_t length = 1; length <= std::min(order_, position + 1); ++length) {
    const std::uint32_t parent = window[length - 1];
    const auto [node, is_new] = trie_.add(parent, word);
    if (is_new) {
      nodes_.push_back({word, parent, next.back()});
      by_order_[length].push_back(node);
      // One more word that the end was seen behind. Kneser and Ney count those instead of
      // occurrences, but for n-grams that nothing stands before.
      if (length > 1) ++nodes_[next.back()].count;
    }
    const bool starts_sentence = length == position + 1;
    if (length == order_ || starts_sentence) ++nodes_[node].count;
    next.push_back(node);
  }
  window = std::move(next);
}

void NGramEstimator::add(std::string_view sentence) {
  std::vector<std::uint32_t> window{NGramTrie::kRoot, trie_.find(NGramTrie::kRoot, kBeginId)};
  std::size_t position = 1;
  for (std::size_t at = 0; at < sentence.size();) {
    constexpr std::string_view kSpace = " \t\n\r\v\f";
    const std::size_t start = std::min(sentence.find_first_not_of(kSpace, at), sentence.size());
    at = std::min(sentence.find_first_of(kSpace, start), sentence.size());
    if (at == start) break;
    const auto [entry, is_new] = ids_.try_emplace(std::string(sentence.substr(start, at - start)),
                                                  static_cast<std::uint32_t>(words_.size()));
    if (is_new) words_.push_back(entry->first);
    check(entry->second > kEndId, ErrorKind::data,
          "the text holds the word {}, which language models use themselves: take it out",
          entry->first);
    add_token(entry->second, position++, window);
  }
  add_token(kEndId, position, window);
}

NGramEstimator::Discounts NGramEstimator::discounts(std::size_t order, bool fallback) const {
  // Chen and Goodman's equation 26: D(k) = k - (k + 1) Y n(k+1) / n(k), Y = n1 / (n1 + 2 n2).
  std::array<double, 5> n{};
  for (const std::uint32_t node : by_order_[order]) {
    const std::uint64_t count = nodes_[node].count;
    if (count >= 1 && count <= 4) ++n[count];
  }
  Discounts result{};
  bool usable = n[1] > 0 && n[2] > 0 && n[3] > 0;
  for (std::size_t k = 1; usable && k <= 3; ++k) {
    const auto count = static_cast<double>(k);
    result[k] = count - (count + 1) * n[1] / (n[1] + 2 * n[2]) * n[k + 1] / n[k];
    usable = result[k] >= 0 && result[k] <= count;
  }
  if (usable) return result;
  check(fallback, ErrorKind::data,
        "too little text for discounts of {}-grams: {} occur once, {} twice, {} three times and {} "
        "four times; give more text, a lower order, or fixed discounts (discount fallback)",
        order, n[1], n[2], n[3], n[4]);
  return {0, 0.5, 1, 1.5};
}

std::string NGramEstimator::to_arpa(bool discount_fallback) const {
  check(words_.size() > 3, ErrorKind::data, "the text holds no word");
  std::vector<double> total(nodes_.size()), left(nodes_.size()), probability(nodes_.size());
  std::vector<Discounts> discount{{}};
  for (std::size_t order = 1; order <= order_; ++order) {
    discount.push_back(discounts(order, discount_fallback));
    for (const std::uint32_t at : by_order_[order]) {
      const Node& node = nodes_[at];
      total[node.parent] += static_cast<double>(node.count);
      left[node.parent] += discount[order][std::min<std::uint64_t>(node.count, 3)];
    }
  }
  // What is taken from the n-grams of a context goes to the shorter context's distribution; below
  // the unigrams lies the uniform one over all words but <s>.
  const double uniform = 1 / static_cast<double>(words_.size() - 1);
  std::string text = "\\data\\\n";
  const auto out = std::back_inserter(text);
  for (std::size_t order = 1; order <= order_; ++order) {
    fmt::format_to(out, "ngram {}={}\n", order, by_order_[order].size());
  }
  for (std::size_t order = 1; order <= order_; ++order) {
    fmt::format_to(out, "\n\\{}-grams:\n", order);
    for (const std::uint32_t at : by_order_[order]) {
      const Node& node = nodes_[at];
      const double kept =
          static_cast<double>(node.count) - discount[order][std::min<std::uint64_t>(node.count, 3)];
      const double shorter = order == 1 ? uniform : probability[node.suffix];
      probability[at] = (kept + left[node.parent] * shorter) / total[node.parent];
      const bool is_begin = order == 1 && node.word == kBeginId;  // never predicted: lmplz's 0
      std::string words = words_[node.word];
      for (std::uint32_t up = node.parent; up != NGramTrie::kRoot; up = nodes_[up].parent) {
        words = words_[nodes_[up].word] + " " + words;
      }
      fmt::format_to(out, "{}\t{}", is_begin ? 0.0f : log_10(probability[at]), words);
      if (order < order_) {
        fmt::format_to(out, "\t{}", total[at] > 0 ? log_10(left[at] / total[at]) : 0.0f);
      }
      text += '\n';
    }
  }
  return text + "\n\\end\\\n";
}

}  // namespace attune
