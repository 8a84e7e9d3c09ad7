#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace attune {

/// The n-grams of a language model as nodes of a tree: that of "a b c" is the child by "c" of that
/// of "a b". Nodes are numbered in the order they are added, from 1; 0 is the root, the empty
/// n-gram. A hash table finds children by the pair of parent and word, which is exact.
class NGramTrie {
 public:
  static constexpr std::uint32_t kRoot = 0, kNone = UINT32_MAX;

  NGramTrie();
  /// Room for so many nodes.
  void reserve(std::size_t nodes);
  /// kNone where there is no such n-gram.
  std::uint32_t find(std::uint32_t parent, std::uint32_t word) const;
  /// Begins to load what `find` or `add` will look at.
  void prefetch(std::uint32_t parent, std::uint32_t word) const {
    __builtin_prefetch(&slots_[first_place(parent, word)]);
  }
  /// The child, and whether it is new. Throws `data` beyond 2^32 - 2 n-grams.
  std::pair<std::uint32_t, bool> add(std::uint32_t parent, std::uint32_t word);
  /// Number of nodes, with the root.
  std::uint32_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t parent, word, node = kNone;
  };
  /// Where the pair is, unless others took its place.
  std::size_t first_place(std::uint32_t parent, std::uint32_t word) const;
  /// Where the pair is, or the free place that it would take.
  std::size_t place(std::uint32_t parent, std::uint32_t word) const;

  void grow(std::size_t slots);

  std::vector<Slot> slots_;  ///< a power of two of them, at most two thirds taken
  std::uint32_t size_ = 1;
};

}  // namespace attune
