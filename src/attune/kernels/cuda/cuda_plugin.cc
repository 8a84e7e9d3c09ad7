#include "attune/kernels/cuda/cuda_plugin.h"

#include <atomic>
#include <mutex>

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>

#include "attune/base/error.h"

namespace attune {
namespace {

std::atomic<const CudaPlugin*> loaded{nullptr};

void* open_library(const std::string& name, int flags) {
  void* handle = dlopen(name.c_str(), flags);
  if (handle == nullptr) {
    const char* reason = dlerror();
    fail(ErrorKind::user, "CUDA is not available: {}", reason != nullptr ? reason : name);
  }
  return handle;
}

// Beside the program, wherever it is called from.
fs::path default_library() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path() / "libattune_cuda.so";
}

}  // namespace

const CudaPlugin* loaded_cuda_plugin() {
  return loaded.load();
}

const CudaPlugin& load_cuda_plugin(const fs::path& library) {
  static std::mutex mutex;
  static CudaPlugin plugin;
  std::lock_guard lock(mutex);
  if (loaded.load() == nullptr) {
    void* handle = open_library((library.empty() ? default_library() : library).string(), RTLD_NOW);
    // Its static initialisers register CUDA with LibTorch; nothing of it is called by name.
    open_library("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
    void* symbol = dlsym(handle, "attune_cuda_dropout_mask");
    check(symbol != nullptr, ErrorKind::user,
          "CUDA is not available: the plugin lacks attune_cuda_dropout_mask; build it anew with "
          "./dev build --cuda");
    plugin.dropout_mask = reinterpret_cast<decltype(plugin.dropout_mask)>(symbol);
    // Last: loaded_cuda_plugin() takes no lock and must not see a plugin half filled.
    loaded = &plugin;
  }
  return plugin;
}

// The plugin is optional, so only its own absence is passed over; one that is there and does not
// load is an error.
std::int64_t load_cuda() {
  std::error_code ignored;
  if (fs::exists(default_library(), ignored)) {
    load_cuda_plugin();
  } else {
    open_library("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  }
  check(c10::impl::hasDeviceGuardImpl(at::kCUDA), ErrorKind::user,
        "CUDA is not available: libtorch_cuda.so was loaded, but registers no device");
  return c10::impl::getDeviceGuardImpl(at::kCUDA)->deviceCount();
}

}  // namespace attune
