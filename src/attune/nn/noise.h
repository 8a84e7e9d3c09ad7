#pragma once

#include <cstdint>

#include "attune/nn/module.h"

namespace attune {

/// While it lives, dropout on this thread is keyed by these numbers, so that a mask is a function
/// of (seed, step, site, element) and a resumed run draws the same ones. Scopes may be nested; the
/// innermost counts. Set by the training loop around each loss.
class NoiseScope {
 public:
  NoiseScope(std::uint64_t seed, std::int64_t epoch, std::int64_t global_step,
             std::int64_t micro_step);
  ~NoiseScope();
  NoiseScope(const NoiseScope&) = delete;
  NoiseScope& operator=(const NoiseScope&) = delete;

  /// The Philox key of `site` in the innermost scope of this thread. Throws `internal` without one.
  static std::uint64_t key(std::int64_t site);

 private:
  std::uint64_t key_;
  const NoiseScope* outer_;
};

/// Numbers the Dropout modules of `model` in registration order. Called once, at the end of a
/// model's constructor: two models of the same structure get the same sites.
void assign_dropout_sites(nn::Module& model);

}  // namespace attune
