#include "attune/train/precision.h"

#include "attune/kernels/linear.h"

namespace attune {

bool uses_bf16(const TrainingArguments& args) {
  if (args.bf16 || args.precision == Precision::bf16) return true;
  return args.precision == Precision::automatic && bf16_is_faster();
}

}  // namespace attune
