#include "attune/models/activations.h"

#include "attune/base/error.h"

namespace attune {

const at::Tensor& Activations::only() const {
  check(parts.size() == 1, ErrorKind::internal,
        "activations of {} parts were given to what takes one tensor", parts.size());
  return parts.front();
}

Activations Activations::to(at::Device device) const {
  Activations moved;
  for (const at::Tensor& part : parts) moved.parts.push_back(part.to(device));
  return moved;
}

}  // namespace attune
