#include "attune/kernels/dropout.h"

#include <algorithm>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "attune/base/error.h"
#include "attune/kernels/cuda/cuda_plugin.h"
#include "attune/kernels/fused.h"

namespace attune {

namespace {

at::Tensor cpu_mask(std::int64_t count, const KeyedDropout& spec, std::uint64_t stream) {
  at::Tensor mask = at::empty({count + 64}, at::kFloat);  // the loop writes whole blocks of 64
  float* out = mask.mutable_data_ptr<float>();
  // A block of 64 elements is 16 Philox counters (dropout.h); where threads take over does not
  // matter, for an element's word goes by its index.
  at::parallel_for(0, (count + 63) / 64, 64, [&](std::int64_t begin, std::int64_t end) {
    loops().mask(begin * 64, (end - begin) * 64, stream, mask_spec(spec), out + begin * 64);
  });
  return mask.slice(0, 0, count);
}

at::Tensor cuda_mask(const CudaPlugin& plugin, std::int64_t count, const KeyedDropout& spec,
                     std::uint64_t stream, at::Device device) {
  const c10::impl::VirtualGuardImpl guard(device.type());
  const at::Tensor mask = at::empty({count}, at::TensorOptions(at::kFloat).device(device));
  const MaskSpec mask_of = mask_spec(spec);
  const int status = plugin.dropout_mask(mask.mutable_data_ptr<float>(), count, stream, mask_of.key,
                                         mask_of.threshold, mask_of.scale,
                                         guard.getStream(device).native_handle());
  check(status == 0, ErrorKind::internal, "the CUDA kernel of dropout failed: cudaError_t {}",
        status);
  return mask;
}

}  // namespace

at::Tensor dropout_mask(std::int64_t count, const KeyedDropout& spec, std::uint64_t stream,
                        at::Device device) {
  check(spec.p >= 0.0 && spec.p < 1.0, ErrorKind::user, "dropout probability {} is not in [0, 1)",
        spec.p);
  if (!spec.active()) return at::ones({count}, at::TensorOptions(at::kFloat).device(device));
  // Without the plugin the CPU's mask is copied: slower, the same bits.
  const CudaPlugin* plugin = device.is_cuda() ? loaded_cuda_plugin() : nullptr;
  if (plugin != nullptr) return cuda_mask(*plugin, count, spec, stream, device);
  return cpu_mask(count, spec, stream).to(device);
}

at::Tensor dropout(const at::Tensor& x, const KeyedDropout& spec) {
  if (!spec.active()) return x;
  return x * dropout_mask(x.numel(), spec, 0, x.device()).view(x.sizes()).to(x.options());
}

}  // namespace attune
