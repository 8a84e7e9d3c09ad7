#pragma once

#include <vector>

#include "attune/nn/module.h"
#include "attune/nn/packed.h"

namespace attune {

/// Where the parameters and buffers of `module` are, which are on one device; the CPU where it has
/// none.
inline at::Device device_of(const nn::Module& module) {
  for (const auto& tensors : {module.named_parameters(), module.named_buffers()}) {
    if (!tensors.empty()) return tensors.front().tensor.device();
  }
  return at::kCPU;
}

/// The batch on `device`; the same tensors where they are there.
inline PackedTokens to_device(const PackedTokens& tokens, at::Device device) {
  return {.input_ids = tokens.input_ids.to(device),
          .token_type_ids = tokens.token_type_ids.to(device),
          .position_ids = tokens.position_ids.to(device),
          .segments = tokens.segments};
}

}  // namespace attune
