#include "attune/media/text/encoding.h"

#include <algorithm>

#include "attune/base/error.h"

namespace attune {
namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append_tokens(Encoding& to, const Encoding& from) {
  append(to.ids, from.ids);
  append(to.type_ids, from.type_ids);
  append(to.tokens, from.tokens);
  append(to.offsets, from.offsets);
  append(to.special_tokens_mask, from.special_tokens_mask);
  append(to.attention_mask, from.attention_mask);
}

Encoding joined(const Encoding& head, const Encoding& tail) {
  Encoding out;
  append_tokens(out, head);
  append_tokens(out, tail);
  return out;
}

template <typename T>
std::vector<T> slice(const std::vector<T>& from, std::size_t begin, std::size_t end) {
  // `tokens` and `offsets` stay empty where they are not wanted.
  if (from.empty()) return {};
  return {from.begin() + static_cast<std::ptrdiff_t>(begin),
          from.begin() + static_cast<std::ptrdiff_t>(end)};
}

Encoding window(const Encoding& from, std::size_t begin, std::size_t end) {
  return {slice(from.ids, begin, end),
          slice(from.type_ids, begin, end),
          slice(from.tokens, begin, end),
          slice(from.offsets, begin, end),
          slice(from.special_tokens_mask, begin, end),
          slice(from.attention_mask, begin, end),
          {}};
}

template <typename T>
void fill(std::vector<T>& values, std::size_t count, const T& value, Side side) {
  values.insert(side == Side::left ? values.begin() : values.end(), count, value);
}

}  // namespace

void append_special(Encoding& encoding, const ExtraToken& token, WantedParts wanted) {
  encoding.ids.push_back(token.id);
  encoding.type_ids.push_back(token.type_id);
  if (wanted.tokens) encoding.tokens.push_back(token.token);
  if (wanted.offsets) encoding.offsets.push_back({0, 0});
  encoding.special_tokens_mask.push_back(1);
  encoding.attention_mask.push_back(1);
  for (Encoding& window : encoding.overflowing) append_special(window, token, wanted);
}

void append_encoding(Encoding& encoding, Encoding tail) {
  std::vector<Encoding> overflowing;
  for (const Encoding& head : encoding.overflowing) {
    overflowing.push_back(joined(head, tail));
    for (const Encoding& rest : tail.overflowing) overflowing.push_back(joined(head, rest));
  }
  for (const Encoding& rest : tail.overflowing) overflowing.push_back(joined(encoding, rest));
  append_tokens(encoding, tail);
  encoding.overflowing = std::move(overflowing);
}

void truncate_encoding(Encoding& encoding, std::size_t max_length, std::size_t stride, Side side) {
  const std::size_t size = encoding.size();
  if (max_length >= size) return;
  // As encoding.rs, truncate: nothing is kept, and all of it overflows as one window.
  if (max_length == 0) {
    Encoding all = std::move(encoding);
    encoding = {};
    encoding.overflowing.push_back(std::move(all));
    return;
  }
  std::vector<Encoding> windows;
  // From the left the windows are counted from the end, but each is in the order of the text.
  const std::size_t step = max_length - stride;
  for (std::size_t done = 0; done < size; done += step) {
    const std::size_t left = size - done;  // tokens not yet passed by, from either side
    const std::size_t length = std::min(max_length, left);
    const std::size_t begin = side == Side::right ? done : left - length;
    windows.push_back(window(encoding, begin, begin + length));
    // Otherwise a stride would give one more window, of tokens that all have been in one.
    if (length == left) break;
  }
  encoding = std::move(windows.front());
  windows.erase(windows.begin());
  encoding.overflowing = std::move(windows);
}

void truncate_pair(Encoding& first, Encoding* second, std::size_t max_length,
                   TruncationStrategy strategy, std::size_t stride, Side side) {
  const std::size_t total = first.size() + (second ? second->size() : 0);
  if (strategy == TruncationStrategy::none || total <= max_length) return;
  if (max_length == 0) {
    truncate_encoding(first, 0, stride, side);
    if (second) truncate_encoding(*second, 0, stride, side);
    return;
  }
  const auto cut = [&](Encoding& encoding, std::size_t length) {
    // encoding.rs, truncate, panics here.
    check(length >= encoding.size() || length == 0 || stride < length, ErrorKind::user,
          "a stride of {} tokens needs windows longer than that, but max_length leaves {} tokens",
          stride, length);
    truncate_encoding(encoding, length, stride, side);
  };
  if (strategy == TruncationStrategy::longest_first) {
    if (!second) return cut(first, max_length);
    // truncation.rs: the longer text is cut first, alone if it can be; else each gets half, the odd
    // token the longer one. Of two equally long ones the second counts as the longer.
    const std::size_t shorter = std::min(first.size(), second->size());
    std::size_t low = shorter;
    // Unsigned: max_length - low must not go below 0.
    std::size_t high = low > max_length ? low : std::max(low, max_length - low);
    if (low + high > max_length) {
      low = max_length / 2;
      high = low + max_length % 2;
    }
    const bool first_is_longer = first.size() > second->size();
    cut(first, first_is_longer ? high : low);
    cut(*second, first_is_longer ? low : high);
    return;
  }
  check(second || strategy == TruncationStrategy::only_first, ErrorKind::user,
        "the truncation strategy only_second needs a pair of texts, got one");
  Encoding& target = strategy == TruncationStrategy::only_first ? first : *second;
  const std::size_t excess = total - max_length;
  check(target.size() > excess, ErrorKind::user,
        "truncating only the {} text ({} tokens) cannot bring the pair ({} tokens) down to {}; use "
        "longest_first or a larger max_length",
        &target == &first ? "first" : "second", target.size(), total, max_length);
  cut(target, target.size() - excess);
}

void pad_encoding(Encoding& encoding, std::size_t length, const ExtraToken& padding, Side side,
                  WantedParts wanted) {
  for (Encoding& window : encoding.overflowing) pad_encoding(window, length, padding, side, wanted);
  if (encoding.size() >= length) return;
  const std::size_t count = length - encoding.size();
  fill(encoding.ids, count, padding.id, side);
  fill(encoding.type_ids, count, padding.type_id, side);
  if (wanted.tokens) fill(encoding.tokens, count, padding.token, side);
  if (wanted.offsets) fill(encoding.offsets, count, Span{0, 0}, side);
  fill(encoding.special_tokens_mask, count, std::uint8_t{1}, side);
  fill(encoding.attention_mask, count, std::uint8_t{0}, side);
}

}  // namespace attune
