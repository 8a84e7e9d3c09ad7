#include "attune/media/text/ngram/ngram_trie.h"

#include <bit>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {

NGramTrie::NGramTrie() : slots_(64) {}

void NGramTrie::reserve(std::size_t nodes) {
  const std::size_t slots = std::bit_ceil(nodes / 2 * 3 + 4);
  if (slots > slots_.size()) grow(slots);
}

void NGramTrie::grow(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.node != kNone) slots_[place(slot.parent, slot.word)] = slot;
  }
}

std::size_t NGramTrie::first_place(std::uint32_t parent, std::uint32_t word) const {
  return mix_key(0, std::uint64_t{parent} << 32 | word) & (slots_.size() - 1);
}

std::size_t NGramTrie::place(std::uint32_t parent, std::uint32_t word) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = first_place(parent, word);
  while (slots_[at].node != kNone && (slots_[at].parent != parent || slots_[at].word != word)) {
    at = (at + 1) & mask;
  }
  return at;
}

std::uint32_t NGramTrie::find(std::uint32_t parent, std::uint32_t word) const {
  return slots_[place(parent, word)].node;
}

std::pair<std::uint32_t, bool> NGramTrie::add(std::uint32_t parent, std::uint32_t word) {
  std::size_t at = place(parent, word);
  if (slots_[at].node != kNone) return {slots_[at].node, false};
  check(size_ < kNone - 1, ErrorKind::data, "more than {} n-grams: lower the order", kNone - 2);
  if (std::size_t{size_} * 3 > slots_.size() * 2) {
    grow(slots_.size() * 2);
    at = place(parent, word);
  }
  slots_[at] = {parent, word, size_};
  return {size_++, true};
}

}  // namespace attune
