#include "attune/eval/metrics/intervals/resampler.h"

#include <algorithm>
#include <limits>
#include <map>

#include "attune/base/error.h"

namespace attune {
namespace {

// Samples by their key, in ascending order of keys.
std::map<std::int64_t, std::vector<std::uint32_t>> by_key(std::span<const std::int64_t> keys) {
  check(keys.size() <= std::numeric_limits<std::uint32_t>::max(), ErrorKind::user,
        "a bootstrap over {} samples, expected fewer than 2^32", keys.size());
  // Ordered, so that what is drawn does not hang on a hash.
  std::map<std::int64_t, std::vector<std::uint32_t>> groups;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    groups[keys[i]].push_back(static_cast<std::uint32_t>(i));
  }
  return groups;
}

}  // namespace

Resampler Resampler::plain(std::int64_t samples, std::uint64_t seed) {
  // All of one stratum.
  return stratified(std::vector<std::int64_t>(static_cast<std::size_t>(samples)), seed);
}

Resampler Resampler::stratified(std::span<const std::int64_t> stratum_of_sample,
                                std::uint64_t seed) {
  Resampler result(seed);
  for (const auto& [stratum, samples] : by_key(stratum_of_sample)) {
    for (const std::uint32_t& sample : samples) result.add_unit({&sample, 1});
    result.end_stratum();
  }
  return result;
}

Resampler Resampler::clustered(std::span<const std::int64_t> cluster_of_sample,
                               std::uint64_t seed) {
  Resampler result(seed);
  // As many clusters as there are, whatever their sizes: the number of samples then differs between
  // resamples, as it would between other sets of patients (Davison and Hinkley 1997, section 3.8).
  for (const auto& [cluster, samples] : by_key(cluster_of_sample)) result.add_unit(samples);
  result.end_stratum();
  return result;
}

void Resampler::add_unit(std::span<const std::uint32_t> samples) {
  members_.insert(members_.end(), samples.begin(), samples.end());
  unit_begin_.push_back(static_cast<std::uint32_t>(members_.size()));
}

void Resampler::end_stratum() {
  stratum_begin_.push_back(static_cast<std::uint32_t>(unit_begin_.size() - 1));
}

void Resampler::draw(std::uint64_t resample, std::span<std::uint32_t> weights) const {
  check(weights.size() == members_.size(), ErrorKind::internal, "{} weights for {} samples",
        weights.size(), members_.size());
  std::ranges::fill(weights, 0U);
  // Counter-based: a resample is computed from its number, so threads can take any.
  const std::uint64_t key = Rng(seed_, "bootstrap", resample).key();
  std::uint32_t drawn = 0;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t s = 0; s + 1 < stratum_begin_.size(); ++s) {
    const std::uint32_t first = stratum_begin_[s], units = stratum_begin_[s + 1] - first;
    for (std::uint32_t i = 0; i < units; ++i, ++drawn) {
      if (drawn % 4 == 0) words = philox4x32({drawn / 4, 0, 0, 0}, key);
      // The high half of the product takes a word to [0, units) without a division (Lemire 2019).
      // The bias of the multiplication is below units / 2^32.
      const std::uint64_t unit = first + (std::uint64_t{words[drawn % 4]} * units >> 32);
      for (std::uint32_t m = unit_begin_[unit]; m < unit_begin_[unit + 1]; ++m) {
        ++weights[members_[m]];
      }
    }
  }
}

}  // namespace attune
