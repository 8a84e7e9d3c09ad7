#include "attune/kernels/cuda/cuda_plugin.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(CudaPlugin, AMissingLibraryIsAClearError) {
  EXPECT_EQ(loaded_cuda_plugin(), nullptr);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { load_cuda_plugin("/no/such/libattune_cuda.so"); }),
              ::testing::AllOf(HasSubstr("CUDA is not available"), HasSubstr("libattune_cuda.so")));
  EXPECT_EQ(loaded_cuda_plugin(), nullptr);
}

/// Needs a build with --cuda; the GPU itself is not needed to see that the symbols are there.
TEST(CudaPlugin, ExportsWhatTheProgramAsksFor) {
  const fs::path library = fs::read_symlink("/proc/self/exe").parent_path() / "libattune_cuda.so";
  if (!fs::exists(library)) GTEST_SKIP() << library << " is not built (./dev build --cuda)";
  void* handle = dlopen(library.c_str(), RTLD_NOW);
  ASSERT_NE(handle, nullptr) << dlerror();
  EXPECT_NE(dlsym(handle, "attune_cuda_dropout_mask"), nullptr);
}

}  // namespace
}  // namespace attune
