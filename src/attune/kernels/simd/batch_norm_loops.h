#pragma once

#include <cstdint>

namespace attune {

/// What follows a normalisation: nothing, max(x, 0), or min(max(x, 0), 6).
enum class Rectifier : std::uint8_t { none, relu, relu6 };

// Below, matrices are contiguous [rows, channels] (channels_last pixels), of fp32 or bfloat16;
// vectors over the channels are fp32. A loop does rows [begin, end).

/// `partial` [3, channels]: the first of the rows, and the sums of the differences from it and of
/// their squares.
struct BatchNormSums {
  const void* x;
  float* partial;
  std::int64_t channels;
};

/// y = rectifier(x * scale + shift + residual); `residual` may be null.
struct BatchNormForward {
  const void *x, *residual;
  const float *scale, *shift;
  void* y;
  std::int64_t channels;
};

/// First, `backward_sums`: `partial` [2, channels], the sums of what arrives behind the rectifier
/// and of its products with x - mean; `d_residual`, where it is not null, is what arrives. Then,
/// `backward`: dx = arriving * of_gradient + (x - mean) * of_input + constant. `y`, the result, is
/// needed where a residual was added in front of a rectifier, else null.
struct BatchNormBackward {
  const void *dy, *x, *y;
  const float *scale, *shift, *mean;
  float* partial;
  void* d_residual;
  const float *of_gradient, *of_input, *constant;
  void* dx;
  std::int64_t channels;
};

/// One instruction set's loops behind `batch_norm`; those with a rectifier are indexed by it.
struct BatchNormLoops {
  struct Typed {
    void (*sums)(const BatchNormSums& op, std::int64_t begin, std::int64_t end);
    void (*normalise[3])(const BatchNormForward& op, std::int64_t begin, std::int64_t end);
    void (*backward_sums[3])(const BatchNormBackward& op, std::int64_t begin, std::int64_t end);
    void (*backward[3])(const BatchNormBackward& op, std::int64_t begin, std::int64_t end);
  };
  Typed fp32, bf16;
};

namespace baseline {
BatchNormLoops batch_norm_loops();
}
namespace avx2 {
BatchNormLoops batch_norm_loops();
}
namespace avx512 {
BatchNormLoops batch_norm_loops();
}

}  // namespace attune
