#include "attune/nn/layers/pooling.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/segment_reduce.h>
#include <ATen/ops/tensor.h>

namespace attune {

namespace {

at::Tensor offsets_tensor(const Segments& segments) {
  return at::tensor(segments.offsets, at::kLong);
}

// "unsafe" leaves out a check that the lengths sum up to the rows: a packed batch's offsets do, and
// on a GPU the check would wait for the device.
at::Tensor reduce(const at::Tensor& x, const at::Tensor& lengths, c10::string_view operation) {
  return at::segment_reduce(x, operation, lengths, {}, {}, 0, /*unsafe=*/true);
}

}  // namespace

std::int64_t pooled_width(Pooling pooling, std::int64_t hidden) {
  return pooling == Pooling::concat ? 3 * hidden : hidden;
}

at::Tensor first_rows(const at::Tensor& x, const Segments& segments) {
  return x.index_select(0, offsets_tensor(segments).slice(0, 0, -1).to(x.device()));
}

at::Tensor pool(const at::Tensor& x, const Segments& segments, Pooling pooling) {
  if (pooling == Pooling::cls) return first_rows(x, segments);
  const at::Tensor lengths = offsets_tensor(segments).diff().to(x.device());
  const at::Tensor mean = reduce(x, lengths, "mean");
  if (pooling == Pooling::mean) return mean;
  return at::cat({first_rows(x, segments), mean, reduce(x, lengths, "max")}, 1);
}

}  // namespace attune
