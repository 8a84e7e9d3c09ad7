#pragma once

#include <ATen/core/Tensor.h>

namespace attune {

/// c = a b, or c += a b, for bfloat16 a [m, k] and b [k, n], of which either the rows or the
/// columns are contiguous, and fp32 c [m, n] with contiguous rows, on the CPU. Rows of `a` may
/// overlap, as those of windows on one sequence do. Sums are fp32. By MKL where it has AMX tiles to
/// work with, by an own loop where the processor multiplies bfloat16 otherwise, else by fp32
/// products of the same factors.
void bf16_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c, bool accumulate);

/// Whether that is several times as fast as an fp32 product here, by what the processor is, not by
/// timing: the same on every run on one machine.
bool bf16_is_faster();

}  // namespace attune
