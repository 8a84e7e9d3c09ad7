#pragma once

#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace attune {

/// What flows between two depth groups: one tensor, or several (a pyramid of feature maps, an
/// encoder's output beside a decoder's state). Nothing at all enters the first group.
struct Activations {
  std::vector<at::Tensor> parts;

  Activations() = default;
  /// One tensor is what most models pass on.
  Activations(at::Tensor part) : parts{std::move(part)} {}
  explicit Activations(std::vector<at::Tensor> several) : parts(std::move(several)) {}

  /// Throws `internal` unless there is exactly one part.
  const at::Tensor& only() const;

  /// The same parts in the memory of `device`; nothing is copied that is there already.
  Activations to(at::Device device) const;
};

}  // namespace attune
