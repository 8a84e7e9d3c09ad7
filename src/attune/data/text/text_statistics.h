#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "attune/data/statistics.h"
#include "attune/data/text/text_dataset.h"

namespace attune {

/// Texts to look at: `name` is "train", "validation" ...
struct SplitView {
  std::string name;
  const TextDataset* data = nullptr;
  /// Tokens of each example before truncation; may be empty: then nothing is said of lengths.
  std::span<const std::int64_t> lengths;
  std::int64_t text_tokens = 0, unknown_tokens = 0;  ///< see SplitStatistics
  /// How many tokens of each example are unknown; may be empty: then none is named.
  std::span<const std::int64_t> unknown;
};

/// Class balance, lengths, and equal texts by a 64-bit hash of the normalised text (or pair). The
/// splits must have the same label kind and names.
DatasetStatistics compute_statistics(std::span<const SplitView> splits, std::int64_t max_length);

/// Normalised for comparison: letters in lower case, runs of white space (Unicode's) as one blank,
/// none at the ends; other blanks (`is_blank`: zero-width ...) are left out. Requires well-formed
/// UTF-8.
std::string normalise_for_comparison(std::string_view text);

}  // namespace attune
