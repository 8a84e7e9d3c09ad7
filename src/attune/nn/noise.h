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

/// Numbers the modules of `model` that draw (nn::Noisy) in registration order. Called once, at the
/// end of a model's constructor: two models of the same structure get the same sites.
void assign_dropout_sites(nn::Module& model);

namespace nn {

/// A module that draws random numbers in training: dropout, dropped layers, masked spans.
class Noisy : public Module {
 public:
  std::int64_t site = -1;  ///< set by assign_dropout_sites

 protected:
  /// The key of what it draws now. Throws `internal` without a site or a NoiseScope.
  std::uint64_t key() const;
};

}  // namespace nn

}  // namespace attune
