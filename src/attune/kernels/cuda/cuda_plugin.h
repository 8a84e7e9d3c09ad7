#pragma once

#include <cstdint>

#include "attune/base/files.h"

namespace attune {

/// The CUDA forms of attune's own kernels, in a library of their own that is built where nvcc is
/// (`./dev build --cuda`) and loaded where a GPU is: the program itself runs without either.
struct CudaPlugin {
  int (*dropout_mask)(float* out, std::int64_t count, std::uint64_t stream, std::uint64_t key,
                      std::uint32_t threshold, float scale, void* cuda_stream) = nullptr;
};

/// Loads libtorch_cuda.so, which registers CUDA with LibTorch, and the plugin: `library`, or
/// libattune_cuda.so beside the program. Throws `user` with the loader's words where one of them
/// cannot be loaded. Loads once; later calls return the same.
const CudaPlugin& load_cuda_plugin(const fs::path& library = {});

/// Loads libtorch_cuda.so and, where it lies beside the program, the plugin; without the plugin its
/// kernels' ATen compositions run. Returns the number of GPUs. To be called before anything asks
/// LibTorch for CUDA. Throws `user` as above.
std::int64_t load_cuda();

/// The plugin if `load_cuda_plugin` has loaded it, or null.
const CudaPlugin* loaded_cuda_plugin();

}  // namespace attune
