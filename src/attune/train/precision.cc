#include "attune/train/precision.h"

#include <ATen/autocast_mode.h>

namespace attune {

bool uses_bf16(const TrainingArguments& args) {
  if (args.bf16 || args.precision == Precision::bf16) return true;
  // `auto` is float32: on processors with and without AMX tiles, bfloat16 by autocast was slower
  // than float32 by the fused kernels (docs/decisions.md).
  return false;
}

AutocastScope::AutocastScope(bool enabled) : enabled_(enabled) {
  if (!enabled_) return;
  enabled_before_ = at::autocast::is_autocast_enabled(at::kCPU);
  dtype_before_ = static_cast<int>(at::autocast::get_autocast_dtype(at::kCPU));
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (!enabled_) return;
  // The cache holds cast weights: they are stale after the next update.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_dtype(at::kCPU, static_cast<at::ScalarType>(dtype_before_));
  at::autocast::set_autocast_enabled(at::kCPU, enabled_before_);
}

}  // namespace attune
