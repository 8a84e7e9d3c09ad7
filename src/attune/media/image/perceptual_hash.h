#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "attune/media/image/image.h"

namespace attune {

/// 64 bits that stay nearly the same where a picture is resized, compressed anew or a little
/// brighter: the signs, against their median, of the 8 x 8 lowest frequencies of its cosine
/// transform at 32 x 32 grey pixels (Zauner 2010, "Implementation and Benchmarking of Perceptual
/// Image Hash Functions", 3.2.1; pHash). Requires a picture of at least one pixel.
std::uint64_t perceptual_hash(const Picture& picture);

/// Whether all pixels are of one colour.
bool is_constant(const Picture& picture);

/// Hashes that are far from all before them stand for those within `kNearBits` of them: for each
/// of the others the pair (index of the one it is near, its own index), in order. Time is linear in
/// the number of hashes unless many are nearly alike by chance.
std::vector<std::pair<std::size_t, std::size_t>> near_hashes(
    const std::vector<std::uint64_t>& hashes);

/// As many bits may differ between pictures that are nearly the same. Of unrelated photographs two
/// in a million pairs are that near.
inline constexpr int kNearBits = 4;

}  // namespace attune
