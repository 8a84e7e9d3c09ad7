#include "attune/base/rng.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace attune {

std::array<std::uint32_t, 4> philox4x32(const std::array<std::uint32_t, 4>& counter,
                                        std::uint64_t key) {
  std::array<std::uint32_t, 4> c = counter;
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  // Ten rounds, these multipliers and these Weyl increments of the key (the golden ratio and
  // sqrt(3) - 1): Philox4x32-10 as in Random123's philox.h.
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

std::uint64_t mix_key(std::uint64_t hash, std::uint64_t value) {
  // The increment and the two multipliers are those of Vigna's splitmix64.c; without `value + 1` a
  // 0 mixed into 0 would stay 0.
  std::uint64_t z = hash + 0x9E3779B97F4A7C15ULL * (value + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

Rng::Rng(std::uint64_t seed, std::string_view purpose, std::uint64_t a, std::uint64_t b)
    : key_(mix_key(0, seed)) {
  for (const char c : purpose) key_ = mix_key(key_, static_cast<unsigned char>(c));
  key_ = mix_key(mix_key(key_, a), b);
}

std::uint64_t Rng::bits(std::uint64_t index) const {
  const auto words = philox4x32(
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0}, key_);
  return (std::uint64_t{words[1]} << 32) | words[0];
}

double Rng::uniform(std::uint64_t index) const {
  return static_cast<double>(bits(index) >> 11) * 0x1.0p-53;
}

std::uint64_t Rng::below(std::uint64_t index, std::uint64_t n) const {
  // Lemire, "Fast Random Integer Generation in an Interval" (2019), without the rejection: the bias
  // is below n / 2^64, and each index must take exactly one draw.
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits(index)) * n) >> 64);
}

double Rng::normal(std::uint64_t index) const {
  // The logarithm must not meet 0; uniform() can be 0, but never 1.
  const double u = 1.0 - uniform(2 * index);  // (0, 1]
  const double v = uniform(2 * index + 1);
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::vector<std::int64_t> Rng::permutation(std::int64_t n) const {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i, i)]);
  return order;
}

}  // namespace attune
