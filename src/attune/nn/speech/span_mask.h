#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "attune/nn/noise.h"
#include "attune/nn/packed.h"

namespace attune::nn {

struct SpanMaskOptions {
  double probability = 0;      ///< share of the positions that spans would cover without overlap
  std::int64_t span = 10;      ///< positions of one
  std::int64_t min_spans = 0;  ///< of each sequence
};

/// Spans that a sequence of `length` gets, as transformers' `_compute_mask_indices` counts them for
/// that sequence alone: probability * length / span rounded by `draw` in [0, 1), at least
/// `min_spans`, at most as many as fit without overlap, and none where one does not fit (upstream
/// throws there).
std::int64_t span_count(std::int64_t length, const SpanMaskOptions& options, double draw);

/// Hides spans of sequences in training (SpecAugment, Park et al. 2019, arXiv 1904.08779, as
/// wav2vec 2.0 uses it on frames and on channels). The spans of a sequence begin at different
/// positions and may overlap. One draw a call rounds the numbers of all its sequences, as upstream.
class SpanMask : public Noisy {
 public:
  explicit SpanMask(const SpanMaskOptions& options) : options_(options) {}

  /// bool [segments.rows()], true where hidden; undefined in evaluation mode and with probability
  /// 0.
  at::Tensor draw(const Segments& segments) const;

 private:
  SpanMaskOptions options_;
};

}  // namespace attune::nn
