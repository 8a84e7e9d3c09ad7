#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "attune/media/image/image.h"

namespace attune {

/// The 8 x 8 lowest frequencies of a picture's cosine transform (DCT-II) at 32 x 32 grey pixels,
/// row by row. Those that are 0 but for rounding are 0: a flat picture has none but the first.
using LowFrequencies = std::array<double, 64>;

/// Requires a picture of at least one pixel, grey or of three channels.
LowFrequencies low_frequencies(const Picture& picture);

/// 64 bits that stay nearly the same where a picture is resized, compressed anew or a little
/// brighter: whether each of its lowest frequencies is above their median (Zauner 2010,
/// "Implementation and Benchmarking of Perceptual Image Hash Functions", 3.2.1; pHash).
std::uint64_t perceptual_hash(const LowFrequencies& frequencies);
std::uint64_t perceptual_hash(const Picture& picture);

/// 64 bits of a picture's size, channels and frequencies to their last bit: equal for equal
/// pictures. Others share one hardly ever, but do: a dot that moves within one of the 32 x 32
/// boxes. Those that share it have yet to be compared.
std::uint64_t likeness_key(const Picture& picture, const LowFrequencies& frequencies);

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
