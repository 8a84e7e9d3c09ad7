#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace attune {

/// What became of one token. A deletion is a token of the reference that the hypothesis lacks.
enum class Edit : std::uint8_t { match, substitution, deletion, insertion };

/// The edits, in order, of a shortest way from `reference` to `hypothesis` (Levenshtein). Of
/// several shortest ones it takes that of RapidFuzz, and so of jiwer, where the product of the
/// lengths behind common ends is below 4 million; beyond, any: the counts of the kinds may then
/// differ from jiwer's, their sum may not. Takes time of product / 64 and memory linear in the
/// lengths (beside 1 MiB).
std::vector<Edit> align(std::span<const std::uint32_t> reference,
                        std::span<const std::uint32_t> hypothesis);

}  // namespace attune
