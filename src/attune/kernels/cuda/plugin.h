#pragma once

#include <cstdint>

// What libattune_cuda.so gives to the program that loads it: plain C, so that program and plugin
// may come from different compilers.

extern "C" {

/// Writes the factors of `dropout_mask` (kernels/dropout.h) for elements [0, count) of `stream` to
/// `out`, float on the current device, on the CUDA stream `cuda_stream`: `scale` where the
/// element's Philox word is at least `threshold`, else 0. Returns a cudaError_t.
int attune_cuda_dropout_mask(float* out, std::int64_t count, std::uint64_t stream,
                             std::uint64_t key, std::uint32_t threshold, float scale,
                             void* cuda_stream);
}
