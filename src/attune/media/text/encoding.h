#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attune/media/text/normalized_text.h"

namespace attune {

/// Which side of a sequence is cut or filled up.
enum class Side { left, right };

/// How a text that is longer than `max_length` is cut; names and results as in `tokenizers`
/// (tokenizers/src/utils/truncation.rs).
enum class TruncationStrategy { none, longest_first, only_first, only_second };

/// The tokens of a text or a pair. All vectors have an entry per token, but `tokens` and `offsets`
/// are empty where the caller did not want them.
struct Encoding {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;  ///< 0 for the first text, 1 for the second
  std::vector<std::string> tokens;
  /// Code points of the original text (of each text of a pair on its own); {0, 0} for a token that
  /// stands for none.
  std::vector<Span> offsets;
  std::vector<std::uint8_t> special_tokens_mask;  ///< 1: added by the post-processor or padding
  std::vector<std::uint8_t> attention_mask;       ///< 0: padding
  std::vector<Encoding> overflowing;              ///< what truncation cut off, in windows

  std::size_t size() const { return ids.size(); }
  bool operator==(const Encoding&) const = default;
};

/// Which of the costly parts of an `Encoding` are filled in.
struct WantedParts {
  bool tokens = true, offsets = true;
};

/// A token that stands for no text: a special one or padding.
struct ExtraToken {
  std::int32_t id = 0;
  std::string token;
  std::int32_t type_id = 0;
};

/// Appends `token` to `encoding` and to all that overflows from it.
void append_special(Encoding& encoding, const ExtraToken& token, WantedParts wanted);

/// Appends `tail`; what overflows is combined each with each (encoding.rs, `merge_with`).
void append_encoding(Encoding& encoding, Encoding tail);

/// Cuts `encoding` to `max_length` tokens. What is cut off goes to `overflowing` in windows of
/// `max_length` that share `stride` tokens with their neighbour. Requires stride < max_length,
/// or max_length 0.
void truncate_encoding(Encoding& encoding, std::size_t max_length, std::size_t stride, Side side);

/// Cuts `first` and `second` (null: none) until they hold `max_length` tokens together. Throws
/// `user` where the strategy cannot reach that.
void truncate_pair(Encoding& first, Encoding* second, std::size_t max_length,
                   TruncationStrategy strategy, std::size_t stride, Side side);

/// Fills `encoding` and all that overflows from it up to `length` tokens.
void pad_encoding(Encoding& encoding, std::size_t length, const ExtraToken& padding, Side side,
                  WantedParts wanted);

}  // namespace attune
