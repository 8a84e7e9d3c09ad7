#include "attune/train/device.h"

#include <string>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/log.h"
#include "attune/kernels/cuda/cuda_plugin.h"

namespace attune {
namespace {

/// What came of looking for CUDA.
struct CudaState {
  bool usable = false;
  std::string problem;
};

/// Loading libtorch_cuda.so takes a second and hundreds of megabytes of address space: where no
/// driver is, as on most machines of a CPU, it is not tried.
bool has_driver() {
  std::error_code ignored;
  for (const char* path : {"/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg"}) {
    if (fs::exists(path, ignored)) return true;
  }
  return false;
}

CudaState look_for_cuda() {
  if (!has_driver()) return {.problem = "this machine has no NVIDIA driver"};
  try {
    const std::int64_t count = load_cuda();
    if (count == 0) return {.problem = "the NVIDIA driver shows no GPU"};
    log_info("computing on the first of {} GPUs (CUDA)", count);
    return {.usable = true};
  } catch (const Error& error) {
    return {.problem = error.what()};
  }
}

}  // namespace

at::Device choose_device(DeviceName wanted) {
  if (wanted == DeviceName::cpu) return at::kCPU;
  static const CudaState cuda = look_for_cuda();
  check(cuda.usable || wanted != DeviceName::cuda, ErrorKind::user,
        "--device cuda: {}; leave --device out to compute on the processor", cuda.problem);
  return cuda.usable ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
}

at::Device choose_device(const TrainingArguments& args) {
  return choose_device(args.use_cpu ? DeviceName::cpu : args.device);
}

}  // namespace attune
