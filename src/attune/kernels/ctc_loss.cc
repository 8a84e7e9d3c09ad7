#include "attune/kernels/ctc_loss.h"

#include <algorithm>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/ctc_loss.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/pad_sequence.h>
#include <ATen/ops/tensor.h>

#include "attune/base/error.h"

namespace attune {

namespace {

std::vector<std::int64_t> lengths_of(at::IntArrayRef offsets) {
  std::vector<std::int64_t> lengths;
  for (std::size_t n = 1; n < offsets.size(); ++n) {
    lengths.push_back(offsets[n] - offsets[n - 1]);
  }
  return lengths;
}

void check_labels(const at::Tensor& labels, std::int64_t blank, std::int64_t rows) {
  const std::int64_t* label = labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    check(label[i] >= 0 && label[i] < rows && label[i] != blank, ErrorKind::user,
          "label {} is {}, expected 0 to {} and not {}, the blank", i, label[i], rows - 1, blank);
  }
}

}  // namespace

at::Tensor ctc_loss(const at::Tensor& logits, at::IntArrayRef frame_offsets,
                    const at::Tensor& labels, at::IntArrayRef label_offsets, std::int64_t blank,
                    bool zero_infinity) {
  check(frame_offsets.size() == label_offsets.size() && frame_offsets.back() == logits.size(0) &&
            label_offsets.back() == labels.numel(),
        ErrorKind::internal, "CTC: {} clips of {} frames and {} of {} labels", frame_offsets.size(),
        logits.size(0), label_offsets.size(), labels.numel());
  check_labels(labels, blank, logits.size(1));
  const std::vector<std::int64_t> frames = lengths_of(frame_offsets);
  const at::Tensor log_probabilities = at::log_softmax(logits, 1, at::kFloat);
  // Padded here alone: LibTorch's loss takes [T, N, V] and leaves out what is behind a clip's end.
  std::vector<at::Tensor> clips;
  for (std::size_t n = 0; n < frames.size(); ++n) {
    clips.push_back(log_probabilities.narrow(0, frame_offsets[n], frames[n]));
  }
  // Labels of 64 bits on purpose: with others cuDNN's loss is taken, which has another gradient.
  return at::ctc_loss(at::pad_sequence(clips), labels.to(logits.device()), frames,
                      lengths_of(label_offsets), blank, at::Reduction::None, zero_infinity);
}

at::Tensor reduce_ctc_losses(const at::Tensor& losses, at::IntArrayRef label_offsets,
                             CtcReduction reduction) {
  if (reduction == CtcReduction::sum) return losses.sum();
  const at::Tensor labels = at::tensor(lengths_of(label_offsets), losses.options());
  return (losses / labels.clamp_min(1)).mean();
}

}  // namespace attune
