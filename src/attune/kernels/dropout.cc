#include "attune/kernels/dropout.h"

#include <algorithm>

#include <ATen/Parallel.h>

#include "attune/base/error.h"
#include "attune/kernels/fused.h"

namespace attune {

at::Tensor dropout_mask(std::int64_t count, const KeyedDropout& spec, std::uint64_t stream) {
  check(spec.p >= 0.0 && spec.p < 1.0, ErrorKind::user, "dropout probability {} is not in [0, 1)",
        spec.p);
  if (!spec.active()) return at::ones({count});
  at::Tensor mask = at::empty({count + 64}, at::kFloat);  // the loop writes whole blocks of 64
  float* out = mask.mutable_data_ptr<float>();
  at::parallel_for(0, (count + 63) / 64, 64, [&](std::int64_t begin, std::int64_t end) {
    loops().mask(begin * 64, (end - begin) * 64, stream, mask_spec(spec), out + begin * 64);
  });
  return mask.slice(0, 0, count);
}

at::Tensor dropout(const at::Tensor& x, const KeyedDropout& spec) {
  if (!spec.active()) return x;
  return x * dropout_mask(x.numel(), spec).view(x.sizes()).to(x.options());
}

}  // namespace attune
