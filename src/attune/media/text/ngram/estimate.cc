#include "attune/media/text/ngram/estimate.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/media/text/ngram/ngram_model.h"

namespace attune {
namespace {

constexpr std::uint32_t kUnknownId = 0, kBeginId = 1, kEndId = 2;

float log_10(double value) {
  return static_cast<float>(std::log10(value));
}

}  // namespace

/// What is estimated of each n-gram, by node.
struct NGramEstimator::Estimate {
  std::vector<double> total;  ///< counts of the words behind it
  std::vector<double> left;   ///< of these, what goes to the shorter context
  std::vector<double> probability;
};

NGramEstimator::NGramEstimator(int order, std::vector<std::uint64_t> prune)
    : order_(static_cast<std::size_t>(order)), nodes_(1), by_order_(order_ + 1) {
  check(order >= 1 && order <= NGramModel::kMaxOrder, ErrorKind::user,
        "a language model of order {}; expected 1 to {}", order, NGramModel::kMaxOrder);
  check(
      prune.empty() ||
          (prune.size() <= order_ && prune.front() == 0 && std::ranges::is_sorted(prune)),
      ErrorKind::user,
      "pruned n-grams (--prune) {}; expected at most {} counts, the first 0 and none smaller than "
      "that before it",
      fmt::join(prune, ", "), order_);
  if (!prune.empty() && prune.back() > 0) {
    prune_ = {0};
    prune_.insert(prune_.end(), prune.begin(), prune.end());
    prune_.resize(order_ + 1, prune.back());
  }
  seen_.resize(nodes_.size());
  for (const auto& word : {NGramModel::kUnknown, NGramModel::kBegin, NGramModel::kEnd}) {
    ids_.emplace(word, static_cast<std::uint32_t>(words_.size()));
    words_.emplace_back(word);
  }
  // Unigrams of these two never get a count of their own.
  for (const std::uint32_t id : {kUnknownId, kBeginId}) {
    by_order_[1].push_back(trie_.add(NGramTrie::kRoot, id).first);
    nodes_.push_back({id, NGramTrie::kRoot, NGramTrie::kRoot});
    seen_.push_back(0);
  }
}

void NGramEstimator::add_token(std::uint32_t word, std::size_t position,
                               std::vector<std::uint32_t>& window) {
  // `window[k]`: the n-gram of the last k words; becomes that of the last k with this one. From
  // short to long, so that an n-gram's end is there before it.
  std::array<std::uint32_t, NGramModel::kMaxOrder + 1> next{NGramTrie::kRoot};
  std::size_t length = 1;
  for (; length <= std::min(order_, position + 1); ++length) {
    const std::uint32_t shorter = next[length - 1];
    const std::uint32_t parent = window[length - 1];
    const auto [node, is_new] = trie_.add(parent, word);
    if (is_new) {
      nodes_.push_back({word, parent, shorter});
      if (!prune_.empty()) seen_.push_back(0);
      by_order_[length].push_back(node);
      // One more word that the end was seen behind. Kneser and Ney count those instead of
      // occurrences, but for n-grams that nothing stands before.
      if (length > 1) ++nodes_[shorter].count;
    }
    const bool starts_sentence = length == position + 1;
    if (length == order_ || starts_sentence) ++nodes_[node].count;
    if (!prune_.empty()) ++seen_[node];
    next[length] = node;
  }
  window.assign(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(length));
}

void NGramEstimator::add(std::string_view sentence) {
  std::vector<std::uint32_t> window{NGramTrie::kRoot, trie_.find(NGramTrie::kRoot, kBeginId)};
  std::size_t position = 1;
  for (std::size_t at = 0; at < sentence.size();) {
    constexpr std::string_view kSpace = " \t\n\r\v\f";
    const std::size_t start = std::min(sentence.find_first_not_of(kSpace, at), sentence.size());
    at = std::min(sentence.find_first_of(kSpace, start), sentence.size());
    if (at == start) break;
    const std::string_view word = sentence.substr(start, at - start);
    auto entry = ids_.find(word);
    if (entry == ids_.end()) {
      entry = ids_.emplace(word, static_cast<std::uint32_t>(words_.size())).first;
      words_.emplace_back(word);
    }
    check(entry->second > kEndId, ErrorKind::data,
          "the text holds the word {}, which language models use themselves: take it out",
          entry->first);
    add_token(entry->second, position++, window);
    ++tokens_;
  }
  add_token(kEndId, position, window);
  ++sentences_;
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
        "four times; give more text, a lower order, or fixed discounts (--discount-fallback)",
        order, n[1], n[2], n[3], n[4]);
  return {0, 0.5, 1, 1.5};
}

bool NGramEstimator::is_pruned(std::size_t order, std::uint32_t node) const {
  return !prune_.empty() && order > 1 && seen_[node] <= prune_[order];
}

std::vector<std::uint64_t> NGramEstimator::num_ngrams() const {
  std::vector<std::uint64_t> result;
  for (std::size_t order = 1; order <= order_; ++order) {
    const auto is_kept = [&](std::uint32_t node) { return !is_pruned(order, node); };
    result.push_back(static_cast<std::uint64_t>(std::ranges::count_if(by_order_[order], is_kept)));
  }
  return result;
}

void NGramEstimator::append_entry(std::size_t order, std::uint32_t at, const Estimate& estimate,
                                  std::string& text) const {
  const bool is_begin = order == 1 && nodes_[at].word == kBeginId;  // never predicted: lmplz's 0
  std::array<std::uint32_t, NGramModel::kMaxOrder> words{};
  std::size_t length = 0;
  for (std::uint32_t up = at; up != NGramTrie::kRoot; up = nodes_[up].parent) {
    words[length++] = nodes_[up].word;
  }
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{}", is_begin ? 0.0f : log_10(estimate.probability[at]));
  char before = '\t';
  while (length > 0) {
    text += std::exchange(before, ' ');
    text += words_[words[--length]];
  }
  if (order < order_) {
    const double total = estimate.total[at];
    fmt::format_to(out, "\t{}", total > 0 ? log_10(estimate.left[at] / total) : 0.0f);
  }
  text += '\n';
}

void NGramEstimator::write_arpa(bool discount_fallback,
                                const std::function<void(std::string_view)>& write) const {
  check(tokens_ > 0, ErrorKind::data, "the text holds no word");
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const auto zeros = std::vector<double>(nodes_.size());
  Estimate estimate{zeros, zeros, zeros};
  std::vector<Discounts> discount{{}};
  for (std::size_t order = 1; order <= order_; ++order) {
    discount.push_back(discounts(order, discount_fallback));
    for (const std::uint32_t at : by_order_[order]) {
      const Node& node = nodes_[at];
      const auto count = static_cast<double>(node.count);
      estimate.total[node.parent] += count;
      // Of an n-gram that is pruned everything goes to the shorter context (KenLM).
      estimate.left[node.parent] +=
          is_pruned(order, at) ? count : discount[order][std::min<std::uint64_t>(node.count, 3)];
    }
  }
  // What is taken from the n-grams of a context goes to the shorter context's distribution; below
  // the unigrams lies the uniform one over all words but <s>.
  const double uniform = 1 / static_cast<double>(words_.size() - 1);
  std::string text = "\\data\\\n";
  const std::vector<std::uint64_t> counts = num_ngrams();
  for (std::size_t order = 1; order <= order_; ++order) {
    fmt::format_to(std::back_inserter(text), "ngram {}={}\n", order, counts[order - 1]);
  }
  for (std::size_t order = 1; order <= order_; ++order) {
    fmt::format_to(std::back_inserter(text), "\n\\{}-grams:\n", order);
    for (const std::uint32_t at : by_order_[order]) {
      const Node& node = nodes_[at];
      const double kept =
          static_cast<double>(node.count) - discount[order][std::min<std::uint64_t>(node.count, 3)];
      const double shorter = order == 1 ? uniform : estimate.probability[node.suffix];
      estimate.probability[at] =
          (kept + estimate.left[node.parent] * shorter) / estimate.total[node.parent];
      if (!is_pruned(order, at)) append_entry(order, at, estimate, text);
      if (text.size() < kPiece) continue;
      check_stop();
      write(text);
      text.clear();
    }
  }
  write(text += "\n\\end\\\n");
}

std::string NGramEstimator::to_arpa(bool discount_fallback) const {
  std::string text;
  write_arpa(discount_fallback, [&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace attune
