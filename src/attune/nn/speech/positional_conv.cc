#include "attune/nn/speech/positional_conv.h"

#include <memory>
#include <vector>

#include <ATen/ops/_weight_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "attune/nn/layers/conv1d.h"
#include "attune/nn/speech/packed_audio.h"

namespace attune::nn {

PositionalConv::PositionalConv(const PositionalConvOptions& o) : options_(o) {
  const auto conv = register_module("conv", std::make_shared<Module>());
  bias_ = conv->register_parameter("bias", at::zeros({o.width}));
  weight_g_ = conv->register_parameter("weight_g", at::ones({1, 1, o.kernel}));
  weight_v_ =
      conv->register_parameter("weight_v", at::zeros({o.width, o.width / o.groups, o.kernel}));
}

at::Tensor PositionalConv::forward(const at::Tensor& x, const Segments& segments) const {
  // Sequences end to end, and between them the zeros that one sees beyond its end and the next one
  // before its beginning.
  const std::int64_t gap = options_.kernel / 2;
  std::vector<std::int64_t> padded, convolved;
  for (std::int64_t n = 0; n < segments.count(); ++n) {
    convolved.push_back(segments.offsets[static_cast<std::size_t>(n)] + n * gap);
    padded.push_back(convolved.back() + gap);
  }
  const std::int64_t total = segments.rows() + (segments.count() + 1) * gap;
  const at::Tensor weight = at::_weight_norm(weight_v_, weight_g_, 2);
  const at::Tensor y = convolve_rows(spread_rows(x, segments, padded, total), weight, bias_,
                                     /*stride=*/1, options_.groups);
  return bias_activation(gather_rows(y, convolved, segments), {}, options_.activation);
}

}  // namespace attune::nn
