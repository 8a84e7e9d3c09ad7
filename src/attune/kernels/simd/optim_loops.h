#pragma once

#include <cstdint>

namespace attune {

/// The numbers of one Adam or AdamW update of one parameter, ready for the loop.
struct AdamStep {
  float grad_scale;    ///< clipping: every gradient is multiplied by it first
  float decay_factor;  ///< AdamW: 1 - learning_rate * weight_decay; Adam: 1
  float l2;            ///< Adam: weight_decay, added to the gradient as l2 * parameter; AdamW: 0
  float one_minus_beta1;
  float beta2;
  float one_minus_beta2;
  float step_size;                 ///< learning_rate / (1 - beta1^t)
  float inverse_sqrt_correction2;  ///< 1 / sqrt(1 - beta2^t)
  float epsilon;
};

/// The numbers of one SGD update.
struct SgdStep {
  float grad_scale;
  float l2;
  float momentum;
  float learning_rate;
  bool first;  ///< the momentum buffer starts as a copy of the gradient
};

/// One instruction set's version of the loops. All work in place on `n` contiguous floats.
struct OptimLoops {
  /// One pass over parameter, gradient and both moments (Loshchilov and Hutter 2019, algorithm 2;
  /// in torch's order of operations).
  void (*adam)(float* p, const float* g, float* m, float* v, std::int64_t n, const AdamStep& step);
  /// `buffer` may be null: no momentum.
  void (*sgd)(float* p, const float* g, float* buffer, std::int64_t n, const SgdStep& step);
  /// p *= factor.
  void (*scale)(float* p, std::int64_t n, float factor);
  /// Sum of squares, in an order that depends on `n` alone.
  double (*sum_of_squares)(const float* x, std::int64_t n);
  bool (*all_zero)(const float* x, std::int64_t n);
};

namespace baseline {
OptimLoops optim_loops();
}
namespace avx2 {
OptimLoops optim_loops();
}
namespace avx512 {
OptimLoops optim_loops();
}

}  // namespace attune
