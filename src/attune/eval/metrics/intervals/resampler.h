#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/base/rng.h"

namespace attune {

/// Draws with replacement as many samples as there are; the result is how often each was drawn.
/// What is drawn is a function of the seed and the number of the resample alone.
class Resampler {
 public:
  /// Every sample for itself.
  static Resampler plain(std::int64_t samples, std::uint64_t seed);
  /// Within each stratum as many as it has: class counts stay what they are. Any stratum numbers.
  static Resampler stratified(std::span<const std::int64_t> stratum_of_sample, std::uint64_t seed);
  /// Whole clusters (patients, sources), as many as there are: samples of one patient are alike, so
  /// that drawing them apart makes intervals too narrow. Any cluster numbers.
  static Resampler clustered(std::span<const std::int64_t> cluster_of_sample, std::uint64_t seed);

  std::int64_t num_samples() const { return static_cast<std::int64_t>(members_.size()); }
  /// Requires a weight for each sample; overwrites all of them.
  void draw(std::uint64_t resample, std::span<std::uint32_t> weights) const;

 private:
  explicit Resampler(std::uint64_t seed) : seed_(seed) {}
  void add_unit(std::span<const std::uint32_t> samples);
  void end_stratum();

  std::uint64_t seed_;
  // Units are drawn; those of a stratum, and the samples of a unit, stand next to each other.
  std::vector<std::uint32_t> members_;
  std::vector<std::uint32_t> unit_begin_{0}, stratum_begin_{0};
};

}  // namespace attune
