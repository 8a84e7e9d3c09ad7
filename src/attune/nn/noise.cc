#include "attune/nn/noise.h"

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {

namespace {

// The backward pass, which autograd may run on another thread, does not look here: a mask's key is
// kept with what was computed.
thread_local const NoiseScope* innermost = nullptr;

}  // namespace

NoiseScope::NoiseScope(std::uint64_t seed, std::int64_t epoch, std::int64_t global_step,
                       std::int64_t micro_step)
    : key_(Rng(seed, "dropout", static_cast<std::uint64_t>(epoch),
               static_cast<std::uint64_t>(global_step))
               .key()),
      outer_(innermost) {
  // The parts of an accumulated batch have one step: each needs masks of its own.
  key_ = mix_key(key_, static_cast<std::uint64_t>(micro_step));
  innermost = this;
}

NoiseScope::~NoiseScope() {
  innermost = outer_;
}

std::uint64_t NoiseScope::key(std::int64_t site) {
  // Drawing from some default key would be dropout that looks right and is the same at every step.
  check(innermost != nullptr, ErrorKind::internal,
        "dropout in training mode outside a NoiseScope: its masks would not be reproducible. Set a "
        "NoiseScope around the forward pass, or call model.eval()");
  return mix_key(innermost->key_, static_cast<std::uint64_t>(site));
}

void assign_dropout_sites(nn::Module& model) {
  std::int64_t site = 0;
  // By order of registration: models of one structure draw the same masks, whatever their names.
  for (const auto& [path, module] : model.named_modules()) {
    if (auto* noisy = dynamic_cast<nn::Noisy*>(module)) noisy->site = site++;
  }
}

std::uint64_t nn::Noisy::key() const {
  // All modules without a site would draw the same.
  check(site >= 0, ErrorKind::internal,
        "a module that draws has no site: its model's constructor must call assign_dropout_sites");
  return NoiseScope::key(site);
}

}  // namespace attune
