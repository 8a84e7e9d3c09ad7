#include "attune/train/precision.h"

#include "attune/base/error.h"
#include "attune/kernels/linear.h"
#include "attune/train/device.h"

namespace attune {

bool uses_bf16(const TrainingArguments& args) {
  // By capability, never by timing: one machine always decides the same (docs/decisions.md).
  const bool wanted = args.bf16 || args.precision == Precision::bf16;
  if (choose_device(args).is_cuda()) {
    check(!wanted, ErrorKind::user,
          "precision bf16 is a matter of the processor; on a GPU leave it out, or take --device "
          "cpu");
    return false;
  }
  return wanted || (args.precision == Precision::automatic && bf16_is_faster());
}

}  // namespace attune
