#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

/// Tokens and their ids as a file lists them.
using VocabularyList = std::vector<std::pair<std::string, std::int64_t>>;

/// The largest vocabulary that is read: more than an embedding table of any published model has.
inline constexpr std::int64_t kMaxVocabulary = 1 << 22;

/// An immutable two-way table between tokens and ids. A look-up takes the token's hash, which a
/// caller that tries many prefixes of one word extends byte by byte (`hash_step`).
class Vocabulary {
 public:
  static constexpr std::uint64_t kHashSeed = 0xCBF29CE484222325u;  // FNV-1a, 64 bits
  static std::uint64_t hash_step(std::uint64_t hash, char byte) {
    return (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3u;
  }
  static std::uint64_t hash_of(std::string_view token);

  /// Throws `data`, beginning with `where`, for a token that stands twice, an id outside
  /// [0, kMaxVocabulary) and an empty list. Ids may leave holes (see `has`). Where several tokens
  /// have one id, which is warned of, all are found; `token` gives the first (tokenizers gives
  /// any).
  Vocabulary(const VocabularyList& list, const std::string& where);

  /// The id of `first` and `second` end to end, -1 where that is no token. `hash` is its hash.
  std::int32_t find(std::uint64_t hash, std::string_view first, std::string_view second = {}) const;
  std::optional<std::int32_t> find(std::string_view token) const;
  /// Requires has(id).
  std::string_view token(std::int32_t id) const;
  bool has(std::int64_t id) const;

  std::int64_t size() const { return size_; }             ///< number of tokens
  std::int64_t id_limit() const;                          ///< largest id plus 1
  std::size_t longest_token() const { return longest_; }  ///< in bytes

 private:
  struct Slot {
    std::uint32_t tag;  ///< upper half of the hash
    std::int32_t row;   ///< -1: empty
  };

  /// The tokens by row: a row an id, null for holes, and behind them those that share an id, whose
  /// ids become `alias_ids_`.
  std::vector<const std::string*> rows_of(const VocabularyList& list, std::int64_t limit,
                                          const std::string& where);
  std::int32_t id_of(std::int32_t row) const;

  std::string bytes_;                  ///< all tokens end to end, by row
  std::vector<std::uint32_t> begins_;  ///< where the token of a row begins; one entry more
  std::vector<std::int32_t> alias_ids_;
  std::vector<bool> present_;
  std::vector<Slot> slots_;  ///< open addressing, at most half full
  std::uint64_t mask_ = 0;
  std::int64_t size_ = 0;
  std::size_t longest_ = 0;
};

}  // namespace attune
