// Built once for each instruction set: no standard library beyond builtins, so that no inline
// function compiled for a newer processor can end up in the program's shared code.
#include "attune/kernels/simd/optim_loops.h"

namespace attune::ATTUNE_ISA {
namespace {

void adam(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v,
          std::int64_t n, const AdamStep& step) {
  const AdamStep s = step;
  for (std::int64_t i = 0; i < n; ++i) {
    const float parameter = p[i] * s.decay_factor;
    const float gradient = g[i] * s.grad_scale + s.l2 * parameter;
    const float mean = m[i] + (gradient - m[i]) * s.one_minus_beta1;
    const float square = v[i] * s.beta2 + gradient * gradient * s.one_minus_beta2;
    m[i] = mean;
    v[i] = square;
    const float denominator = __builtin_sqrtf(square) * s.inverse_sqrt_correction2 + s.epsilon;
    p[i] = parameter - s.step_size * (mean / denominator);
  }
}

void sgd(float* __restrict p, const float* __restrict g, float* __restrict buffer, std::int64_t n,
         const SgdStep& step) {
  const SgdStep s = step;
  if (buffer == nullptr) {
    for (std::int64_t i = 0; i < n; ++i) {
      p[i] -= s.learning_rate * (g[i] * s.grad_scale + s.l2 * p[i]);
    }
    return;
  }
  const float keep = s.first ? 0.0f : s.momentum;
  for (std::int64_t i = 0; i < n; ++i) {
    const float gradient = g[i] * s.grad_scale + s.l2 * p[i];
    const float momentum = buffer[i] * keep + gradient;
    buffer[i] = momentum;
    p[i] -= s.learning_rate * momentum;
  }
}

void scale(float* p, std::int64_t n, float factor) {
  for (std::int64_t i = 0; i < n; ++i) p[i] *= factor;
}

double sum_of_squares(const float* x, std::int64_t n) {
  constexpr std::int64_t kLanes = 64, kBlock = 16 * kLanes;
  double sum = 0;
  std::int64_t i = 0;
  for (; i + kBlock <= n; i += kBlock) {
    float lanes[kLanes] = {};  // 16 squares each: float is exact enough, double takes over then
    for (std::int64_t j = i; j < i + kBlock; j += kLanes) {
      for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] += x[j + k] * x[j + k];
    }
    for (std::int64_t k = 0; k < kLanes; ++k) sum += lanes[k];
  }
  for (; i < n; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

bool all_zero(const float* x, std::int64_t n) {
  constexpr std::int64_t kStride = 64;
  std::int64_t i = 0;
  for (; i + kStride <= n; i += kStride) {
    int different = 0;
    for (std::int64_t k = 0; k < kStride; ++k) different |= static_cast<int>(x[i + k] != 0.0f);
    if (different != 0) return false;
  }
  for (; i < n; ++i) {
    if (x[i] != 0.0f) return false;
  }
  return true;
}

}  // namespace

OptimLoops optim_loops() {
  return {adam, sgd, scale, sum_of_squares, all_zero};
}

}  // namespace attune::ATTUNE_ISA
