#include "attune/train/precision.h"

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/kernels/bf16_product.h"
#include "attune/train/device.h"

namespace attune {

bool uses_bf16(Precision wanted, const at::Device& device) {
  // By capability, never by timing: one machine always decides the same (docs/decisions.md).
  if (device.is_cuda()) {
    check(wanted != Precision::bf16, ErrorKind::user,
          "precision bf16 is a matter of the processor; on a GPU leave it out, or take --device "
          "cpu");
    return false;
  }
  return wanted == Precision::bf16 || (wanted == Precision::automatic && bf16_is_faster());
}

bool uses_bf16(const TrainingArguments& args) {
  return uses_bf16(args.bf16 ? Precision::bf16 : args.precision, choose_device(args));
}

void warn_of_slow_bf16() {
  if (bf16_is_faster()) return;
  log_warning("precision bf16: this processor has no fast bfloat16 products, fp32 is faster");
}

}  // namespace attune
