#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attune/media/text/component_json.h"
#include "attune/media/text/normalized_text.h"
#include "attune/media/text/normalizers/normalizer.h"

namespace attune {

/// A token that is found in the text before the model sees it.
struct AddedToken {
  std::int32_t id = 0;
  std::string content;
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< takes the white space on its left along
  bool rstrip = false;       ///< takes the white space on its right along
  bool normalized = false;   ///< looked for in the normalised text, itself normalised
  bool special = false;      ///< left out by `decode(..., skip_special_tokens)`
};

/// Reads {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"}.
AddedToken read_added_token(const ComponentJson& json, std::int64_t id);

/// A part of a text: an added token, or what lies between (`token` null).
struct TextPart {
  std::uint32_t begin, end;  ///< bytes
  const AddedToken* token;
};

/// Finds the leftmost longest of a set of tokens, byte by byte along a trie
/// (tokenizers/src/tokenizer/added_vocabulary.rs).
class AddedTokenFinder {
 public:
  /// `tokens` must outlive this; `patterns[i]` is what to look for instead of tokens[i]'s content.
  AddedTokenFinder(std::vector<const AddedToken*> tokens, const std::vector<std::string>& patterns);

  /// Cuts `text` into parts that cover it, none empty.
  void split(std::string_view text, std::vector<TextPart>& out) const;

 private:
  struct Match {
    const AddedToken* token = nullptr;
    std::size_t end = 0;
  };
  Match longest_at(std::string_view text, std::size_t begin) const;

  std::bitset<256> first_bytes_;
  std::unordered_map<std::uint64_t, std::uint32_t> children_;  ///< node * 256 + byte -> node
  std::vector<const AddedToken*> ends_;                        ///< by node, null: no token ends
};

}  // namespace attune
