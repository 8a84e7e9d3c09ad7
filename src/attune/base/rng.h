#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace attune {

/// Philox4x32-10 (Salmon et al., SC'11): four random words that are a pure function of a 128-bit
/// counter and a 64-bit key. No state: a value depends on what it is for, never on call order.
std::array<std::uint32_t, 4> philox4x32(const std::array<std::uint32_t, 4>& counter,
                                        std::uint64_t key);

/// Mixes `value` into `hash` (splitmix64 finaliser): builds keys from several parts.
std::uint64_t mix_key(std::uint64_t hash, std::uint64_t value);

/// A stream of random numbers for one purpose, e.g. `Rng(seed, "shuffle", epoch)`. Element `i` of
/// the stream can be read at any time, in any order, from any thread.
class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view purpose, std::uint64_t a = 0, std::uint64_t b = 0);

  std::uint64_t bits(std::uint64_t index) const;
  /// Uniform in [0, 1), 53 bits.
  double uniform(std::uint64_t index) const;
  /// Uniform in [0, n) without modulo bias worth speaking of (128-bit multiply). Requires n > 0.
  std::uint64_t below(std::uint64_t index, std::uint64_t n) const;
  /// Standard normal (Box-Muller).
  double normal(std::uint64_t index) const;
  /// A random permutation of 0 .. n-1 (Fisher-Yates).
  std::vector<std::int64_t> permutation(std::int64_t n) const;
  /// The key of the stream, for kernels that draw their own Philox words.
  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
};

}  // namespace attune
