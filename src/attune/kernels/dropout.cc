#include "attune/kernels/dropout.h"

#include <cmath>

#include <ATen/Parallel.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {

at::Tensor dropout_mask(std::int64_t count, const KeyedDropout& spec, std::uint64_t stream) {
  check(spec.p >= 0.0 && spec.p < 1.0, ErrorKind::user, "dropout probability {} is not in [0, 1)",
        spec.p);
  at::Tensor mask = at::empty({count}, at::kFloat);
  float* out = mask.mutable_data_ptr<float>();
  const auto threshold = static_cast<std::uint32_t>(std::llround(spec.p * 0x1p32));
  const auto scale = static_cast<float>(1.0 / (1.0 - spec.p));
  at::parallel_for(0, (count + 63) / 64, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * 64; i < std::min(end * 64, count); ++i) {
      const auto n = static_cast<std::uint64_t>((i >> 6) * 16 + (i & 15));
      const auto words =
          philox4x32({static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(n >> 32),
                      static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                     spec.key);
      out[i] = words[static_cast<std::size_t>((i >> 4) & 3)] >= threshold ? scale : 0.0F;
    }
  });
  return mask;
}

at::Tensor dropout(const at::Tensor& x, const KeyedDropout& spec) {
  if (!spec.active()) return x;
  return x * dropout_mask(x.numel(), spec).view(x.sizes()).to(x.options());
}

}  // namespace attune
