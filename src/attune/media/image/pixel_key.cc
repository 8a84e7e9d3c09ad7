#include "attune/media/image/pixel_key.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <variant>

#include "attune/base/rng.h"
#include "attune/media/image/clones.h"

namespace attune {
namespace {

constexpr std::size_t kLanes = 8, kBlock = kLanes * sizeof(std::uint64_t);
constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio

using Lanes = std::array<std::uint64_t, kLanes>;

/// Eight independent sums, of products of the two halves of each word: what a vector unit
/// multiplies (as in XXH3). The word under it is added to the neighbour, so that a half of zeros
/// hides nothing; the key moves on from block to block, so that blocks are not the same in another
/// place.
ATTUNE_CLONES
void add_blocks(const unsigned char* bytes, std::size_t blocks, Lanes& lanes) {
  Lanes sums = lanes, keys = {};
  for (std::size_t l = 0; l < kLanes; ++l) keys[l] = (2 * l + 1) * kOdd;
  for (std::size_t b = 0; b < blocks; ++b) {
    Lanes words;
    std::memcpy(words.data(), bytes + b * kBlock, kBlock);
    for (std::size_t l = 0; l < kLanes; ++l) {
      const std::uint64_t mixed = words[l] ^ keys[l];
      sums[l] += (mixed & 0xFFFFFFFF) * (mixed >> 32);
    }
    for (std::size_t l = 0; l < kLanes; ++l) sums[l] += words[l ^ 1];
    for (std::size_t l = 0; l < kLanes; ++l) keys[l] += kOdd;
    // Low bits reach high ones by the products alone: the other way too, from time to time.
    if (b % 16 == 15) {
      for (std::size_t l = 0; l < kLanes; ++l) sums[l] = (sums[l] ^ (sums[l] >> 47)) * 0x9E3779B1;
    }
  }
  lanes = sums;
}

}  // namespace

std::uint64_t pixel_key(const Picture& picture) {
  return std::visit(
      [](const auto& image) {
        const auto* const bytes = reinterpret_cast<const unsigned char*>(image.samples.data());
        const std::size_t size = image.samples.size() * sizeof(image.samples[0]);
        Lanes lanes = {};
        add_blocks(bytes, size / kBlock, lanes);
        std::array<unsigned char, kBlock> rest = {};
        std::copy(bytes + size / kBlock * kBlock, bytes + size, rest.begin());
        add_blocks(rest.data(), 1, lanes);
        // The shape too: a row of eight pixels and a square of the same samples are different
        // pictures.
        std::uint64_t key =
            mix_key(sizeof(image.samples[0]), static_cast<std::uint64_t>(image.height));
        key = mix_key(key, static_cast<std::uint64_t>(image.width));
        key = mix_key(key, static_cast<std::uint64_t>(image.channels));
        for (const std::uint64_t lane : lanes) key = mix_key(key, lane);
        return key == 0 ? 1 : key;
      },
      picture);
}

}  // namespace attune
