#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace attune {

/// -log p(labels | logits) of each clip, summed over all alignments (Graves et al. 2006, eq. 8),
/// float [N]. `logits` [T, V], of which clip n has the rows [frame_offsets[n], frame_offsets[n +
/// 1]); `labels` int64 [U] on the CPU, of which it has [label_offsets[n], label_offsets[n + 1]),
/// none of them `blank`. Logarithms and sums are fp32 whatever the logits are. Differentiable.
/// A clip with fewer frames than `frames_needed` (media/text/ctc/forced_alignment.h) has an
/// infinite loss and a gradient of NaN; with `zero_infinity` both are 0. Throws `user` where a
/// label is `blank` or not below V.
at::Tensor ctc_loss(const at::Tensor& logits, at::IntArrayRef frame_offsets,
                    const at::Tensor& labels, at::IntArrayRef label_offsets, std::int64_t blank,
                    bool zero_infinity);

/// How a batch's losses become one: `sum`; `mean`, of each clip's loss by its number of labels (at
/// least 1), as torch.nn.CTCLoss.
enum class CtcReduction { sum, mean };
at::Tensor reduce_ctc_losses(const at::Tensor& losses, at::IntArrayRef label_offsets,
                             CtcReduction reduction);

}  // namespace attune
