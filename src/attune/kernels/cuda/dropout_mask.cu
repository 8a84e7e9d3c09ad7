#include <cuda_runtime.h>

#include "attune/kernels/cuda/plugin.h"

namespace {

constexpr int kThreads = 256;

struct Words {
  std::uint32_t w[4];
};

/// Philox4x32-10, as in base/rng.cc.
__device__ Words philox(std::uint64_t low, std::uint64_t high, std::uint64_t key) {
  Words c = {{static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32),
              static_cast<std::uint32_t>(high), static_cast<std::uint32_t>(high >> 32)}};
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint32_t hi0 = __umulhi(0xD2511F53u, c.w[0]), lo0 = 0xD2511F53u * c.w[0];
    const std::uint32_t hi1 = __umulhi(0xCD9E8D57u, c.w[2]), lo1 = 0xCD9E8D57u * c.w[2];
    c = {{hi1 ^ c.w[1] ^ k0, lo1, hi0 ^ c.w[3] ^ k1, lo0}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

/// A thread draws the four words of one counter: elements block * 64 + lane + {0, 16, 32, 48}.
__global__ void dropout_mask_kernel(float* out, std::int64_t count, std::uint64_t stream,
                                    std::uint64_t key, std::uint32_t threshold, float scale) {
  const std::int64_t counter = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t first = (counter / 16) * 64 + counter % 16;
  if (first >= count) return;
  const Words words = philox(static_cast<std::uint64_t>(counter), stream, key);
  for (int part = 0; part < 4; ++part) {
    const std::int64_t element = first + part * 16;
    if (element < count) out[element] = words.w[part] >= threshold ? scale : 0.0f;
  }
}

}  // namespace

int attune_cuda_dropout_mask(float* out, std::int64_t count, std::uint64_t stream,
                             std::uint64_t key, std::uint32_t threshold, float scale,
                             void* cuda_stream) {
  if (count <= 0) return cudaSuccess;
  const std::int64_t counters = (count + 63) / 64 * 16;
  const auto blocks = static_cast<unsigned>((counters + kThreads - 1) / kThreads);
  dropout_mask_kernel<<<blocks, kThreads, 0, static_cast<cudaStream_t>(cuda_stream)>>>(
      out, count, stream, key, threshold, scale);
  return cudaGetLastError();
}
