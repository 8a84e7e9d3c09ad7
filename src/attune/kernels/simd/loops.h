#pragma once

#include <cstdint>

namespace attune {

/// Keyed dropout as the loops need it; see kernels/dropout.h. `scale` 0: none.
struct MaskSpec {
  std::uint64_t key = 0;
  std::uint32_t threshold = 0;
  float scale = 0.0F;
};

/// Rows [begin, end) of LayerNorm(dropout(x + bias) + residual) * weight + shift. All matrices are
/// contiguous [rows, width]. `bias` and `residual` may be null.
struct NormForward {
  const float *x, *bias, *residual, *weight, *shift;
  float *z, *y;        ///< z: what was normalised; null: not wanted
  float *mean, *rstd;  ///< [rows]; null: not wanted
  std::int64_t width;
  float eps;
  MaskSpec mask;
};

/// Its gradient. `partial` [3, width] receives the sums over these rows of the gradients of weight,
/// shift and bias. `dx` may equal `dz` where there is no dropout.
struct NormBackward {
  const float *dy, *z, *weight, *mean, *rstd;
  float *dz, *dx;  ///< gradients of residual and x
  float* partial;
  std::int64_t width;
  MaskSpec mask;
};

/// One (sequence, head) of attention. Pointers are to the first row of the sequence at the head's
/// columns, strides in floats. Rows of `out`, `d_out` and the gradients have their own stride.
struct AttentionTile {
  const float *q, *k, *v;
  std::int64_t q_stride, k_stride, v_stride;
  std::int64_t queries, keys, width;
  float scale;
  std::uint64_t stream;
  MaskSpec mask;
  float* lse;                   ///< [queries]: log of the sum of exponentials
  float* scratch;               ///< attention_scratch(keys, width) floats, 64-byte aligned
  bool causal = false;          ///< query i sees the keys j <= i + keys - queries
  const float* bias = nullptr;  ///< [queries, keys], added to the scaled scores; null: none
  std::int64_t bias_stride = 0;
};
struct AttentionOut {
  float* out;
  std::int64_t stride;
};
struct AttentionGradients {
  const float* d_out;
  std::int64_t d_out_stride;
  float *dq, *dk, *dv;
  std::int64_t dq_stride, dk_stride, dv_stride;
  float* d_bias = nullptr;  ///< added to; null: not wanted
  std::int64_t d_bias_stride = 0;
};

/// One instruction set's version of the loops behind the fused operations.
struct Loops {
  /// Factors of elements [begin, begin + count) of `stream`; `out` has room for 64 more.
  void (*mask)(std::int64_t begin, std::int64_t count, std::uint64_t stream, const MaskSpec& spec,
               float* out);
  /// y = gelu(x + bias); `bias` may be null. [rows, width], contiguous.
  void (*gelu)(const float* x, const float* bias, float* y, std::int64_t rows, std::int64_t width,
               bool tanh);
  /// dx, and the sums of its columns in `partial` [width].
  void (*gelu_backward)(const float* dy, const float* x, const float* bias, float* dx,
                        float* partial, std::int64_t rows, std::int64_t width, bool tanh);
  void (*norm)(const NormForward& op, std::int64_t begin, std::int64_t end);
  void (*norm_backward)(const NormBackward& op, std::int64_t begin, std::int64_t end);
  std::int64_t (*attention_scratch)(std::int64_t keys, std::int64_t width);
  void (*attention)(const AttentionTile& tile, const AttentionOut& out);
  void (*attention_backward)(const AttentionTile& tile, const AttentionGradients& gradients);
};

/// Those of the best instruction set that this processor has.
const Loops& loops();

namespace baseline {
void fill_element_loops(Loops& loops);
void fill_attention_loops(Loops& loops);
}  // namespace baseline
namespace avx2 {
void fill_element_loops(Loops& loops);
void fill_attention_loops(Loops& loops);
}  // namespace avx2
namespace avx512 {
void fill_element_loops(Loops& loops);
void fill_attention_loops(Loops& loops);
}  // namespace avx512

}  // namespace attune
