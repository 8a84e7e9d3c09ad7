# LibTorch as taken from the PyPI wheel of `torch`. The wheel's own TorchConfig.cmake stops where no
# CUDA toolkit is installed, so the imported target is ours. Its include folder also carries fmt,
# oneDNN, pybind11 and protobuf: -idirafter keeps it behind the system's.
if(NOT EXISTS "${ATTUNE_LIBTORCH}/torch/include/torch/library.h"
   AND EXISTS "${ATTUNE_LIBTORCH}/include/torch/library.h")
  set(torch_root "${ATTUNE_LIBTORCH}")  # an unpacked LibTorch archive
else()
  set(torch_root "${ATTUNE_LIBTORCH}/torch")  # the wheel's layout
endif()
if(NOT EXISTS "${torch_root}/include/torch/library.h")
  message(FATAL_ERROR "No LibTorch in ${ATTUNE_LIBTORCH}. Run ./dev setup, or set ATTUNE_LIBTORCH.")
endif()

add_library(attune_libtorch INTERFACE)
target_compile_options(attune_libtorch INTERFACE
  "SHELL:-idirafter \"${torch_root}/include\""
  "SHELL:-idirafter \"${torch_root}/include/torch/csrc/api/include\"")
target_link_options(attune_libtorch INTERFACE -Wl,--no-as-needed)
target_link_libraries(attune_libtorch INTERFACE
  "${torch_root}/lib/libtorch_cpu.so" "${torch_root}/lib/libc10.so")
list(APPEND CMAKE_BUILD_RPATH "${torch_root}/lib")

# at::parallel_for is a template: only in files compiled with OpenMP does it run on LibTorch's
# threads, and only when those are of the runtime that LibTorch itself has loaded.
file(GLOB torch_gomp "${torch_root}/lib/libgomp*.so*")
if(torch_gomp AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(GET torch_gomp 0 torch_gomp)
  target_compile_options(attune_libtorch INTERFACE -fopenmp)
  target_link_libraries(attune_libtorch INTERFACE "${torch_gomp}")
endif()
