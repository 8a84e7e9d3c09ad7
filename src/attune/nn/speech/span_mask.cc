#include "attune/nn/speech/span_mask.h"

#include <algorithm>
#include <vector>

#include <ATen/ops/zeros.h>

#include "attune/base/rng.h"

namespace attune::nn {

std::int64_t span_count(std::int64_t length, const SpanMaskOptions& o, double draw) {
  const double expected =
      o.probability * static_cast<double>(length) / static_cast<double>(o.span) + draw;
  // The last limit keeps starts apart, which are length - span + 1 many: it is 0 where no span
  // fits.
  return std::min({std::max(static_cast<std::int64_t>(expected), o.min_spans), length / o.span,
                   std::max<std::int64_t>(length - o.span + 1, 0)});
}

at::Tensor SpanMask::draw(const Segments& segments) const {
  if (!is_training() || options_.probability <= 0) return {};
  const std::uint64_t drawn = key();
  const double rounding = Rng(drawn, "spans").uniform(0);
  at::Tensor mask = at::zeros({segments.rows()}, at::kBool);
  bool* hidden = mask.mutable_data_ptr<bool>();
  for (std::int64_t n = 0; n < segments.count(); ++n) {
    const std::int64_t length = segments.length(n), count = span_count(length, options_, rounding);
    if (count == 0) continue;
    const std::vector<std::int64_t> starts =
        Rng(drawn, "span starts", static_cast<std::uint64_t>(n))
            .permutation(length - options_.span + 1);
    for (std::int64_t i = 0; i < count; ++i) {
      std::fill_n(hidden + segments.offsets[static_cast<std::size_t>(n)] +
                      starts[static_cast<std::size_t>(i)],
                  options_.span, true);
    }
  }
  return mask;
}

}  // namespace attune::nn
