#include "attune/train/precision.h"

#include <ATen/autocast_mode.h>

#include "attune/base/system.h"

namespace attune {

bool uses_bf16(const TrainingArguments& args) {
  if (args.bf16 || args.precision == Precision::bf16) return true;
  if (args.precision == Precision::fp32) return false;
  return cpu_features().amx_bf16 && !cpu_features().amx_hidden;
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
