// Built once for each instruction set. See simd/vec.h for what must not be used here.
#include "attune/kernels/simd/mask.h"

namespace attune::ATTUNE_ISA {
namespace {

constexpr float kInverseSqrt2Pi = 0.398942280F;
constexpr float kSqrt2OverPi = 0.797884561F;
constexpr float kCubic = 0.044715F;

void mask(std::int64_t begin, std::int64_t count, std::uint64_t stream, const MaskSpec& spec,
          float* out) {
  mask_range(begin, count, stream, spec, out);
}

struct Gelu {
  ATTUNE_INLINE Vec value(Vec x) { return x * normal(x).distribution; }
  ATTUNE_INLINE Vec slope(Vec x) {
    const Normal n = normal(x);
    return n.distribution + x * n.density * kInverseSqrt2Pi;
  }
};

struct GeluTanh {
  // (1 + tanh u) / 2 = 1 / (1 + e^(-2u))
  ATTUNE_INLINE Vec gate(Vec x) {
    const Vec u = (x + x * x * x * kCubic) * kSqrt2OverPi;
    return 1.0F / (1.0F + exponential(u * -2.0F));
  }
  ATTUNE_INLINE Vec value(Vec x) { return x * gate(x); }
  ATTUNE_INLINE Vec slope(Vec x) {
    const Vec g = gate(x);
    const Vec du = (x * x * (3.0F * kCubic) + 1.0F) * kSqrt2OverPi;
    return g + x * g * (1.0F - g) * du * 2.0F;
  }
};

template <typename F>
void activate(const float* x, const float* bias, float* y, std::int64_t rows, std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      const Vec v = bias != nullptr ? load(x + i) + load(bias + i) : load(x + i);
      store(y + i, F::value(v));
    }
    if (const std::int64_t rest = width - i; rest > 0) {
      Vec v = load_part(x + i, rest);
      if (bias != nullptr) v += load_part(bias + i, rest);
      store_part(y + i, F::value(v), rest);
    }
    x += width;
    y += width;
  }
}

template <typename F>
void activate_backward(const float* dy, const float* x, const float* bias, float* dx,
                       float* partial, std::int64_t rows, std::int64_t width) {
  for (std::int64_t i = 0; i < width; ++i) partial[i] = 0.0F;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      const Vec v = bias != nullptr ? load(x + i) + load(bias + i) : load(x + i);
      const Vec d = load(dy + i) * F::slope(v);
      store(dx + i, d);
      store(partial + i, load(partial + i) + d);
    }
    if (const std::int64_t rest = width - i; rest > 0) {
      Vec v = load_part(x + i, rest);
      if (bias != nullptr) v += load_part(bias + i, rest);
      const Vec d = load_part(dy + i, rest) * F::slope(v);
      store_part(dx + i, d, rest);
      store_part(partial + i, load_part(partial + i, rest) + d, rest);
    }
    x += width;
    dy += width;
    dx += width;
  }
}

void gelu(const float* x, const float* bias, float* y, std::int64_t rows, std::int64_t width,
          bool tanh) {
  tanh ? activate<GeluTanh>(x, bias, y, rows, width) : activate<Gelu>(x, bias, y, rows, width);
}

void gelu_backward(const float* dy, const float* x, const float* bias, float* dx, float* partial,
                   std::int64_t rows, std::int64_t width, bool tanh) {
  tanh ? activate_backward<GeluTanh>(dy, x, bias, dx, partial, rows, width)
       : activate_backward<Gelu>(dy, x, bias, dx, partial, rows, width);
}

// Calls f(column, load, store) with whole vectors, then once with what is left of a row.
template <typename F>
ATTUNE_INLINE void each_vector(std::int64_t width, const F& f) {
  const auto whole_load = [](const float* p) __attribute__((always_inline)) {
    return load(p);
  };
  const auto whole_store = [](float* p, Vec v) __attribute__((always_inline)) {
    store(p, v);
  };
  std::int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) f(i, whole_load, whole_store);
  if (const std::int64_t rest = width - i; rest > 0) {
    f(
        i, [rest](const float* p) __attribute__((always_inline)) { return load_part(p, rest); },
        [rest](float* p, Vec v) __attribute__((always_inline)) { store_part(p, v, rest); });
  }
}

constexpr std::int64_t kMaskPiece = 1024;

// row = dropout(x + bias) + residual
void norm_input(const NormForward& op, std::int64_t r, float* row) {
  const float* x = op.x + r * op.width;
  const float* residual = op.residual != nullptr ? op.residual + r * op.width : nullptr;
  float factors[kMaskPiece + 64];
  for (std::int64_t piece = 0; piece < op.width; piece += kMaskPiece) {
    const std::int64_t n = op.width - piece < kMaskPiece ? op.width - piece : kMaskPiece;
    if (op.mask.scale != 0.0F) mask_range(r * op.width + piece, n, 0, op.mask, factors);
    each_vector(
        n, [&](std::int64_t i, auto get, auto put) __attribute__((always_inline)) {
          Vec v = get(x + piece + i);
          if (op.bias != nullptr) v += get(op.bias + piece + i);
          if (op.mask.scale != 0.0F) v *= get(factors + i);
          if (residual != nullptr) v += get(residual + piece + i);
          put(row + piece + i, v);
        });
  }
}

void norm(const NormForward& op, std::int64_t begin, std::int64_t end) {
  const std::int64_t width = op.width;
  const float inverse = 1.0F / static_cast<float>(width);
  for (std::int64_t r = begin; r < end; ++r) {
    float* y = op.y + r * width;
    float* z = op.z != nullptr ? op.z + r * width : y;
    norm_input(op, r, z);
    Vec total = {}, squares = {};
    each_vector(width, [&](std::int64_t i, auto get, auto) { total += get(z + i); });
    const float mean = sum(total) * inverse;
    std::int64_t i = 0;  // the lanes behind a row's end must not count as 0 - mean
    for (; i + kLanes <= width; i += kLanes) {
      const Vec d = load(z + i) - mean;
      squares += d * d;
    }
    float variance = sum(squares);
    for (; i < width; ++i) variance += (z[i] - mean) * (z[i] - mean);
    const float rstd = 1.0F / __builtin_sqrtf(variance * inverse + op.eps);
    each_vector(width, [&](std::int64_t c, auto get, auto put) {
      put(y + c, (get(z + c) - mean) * rstd * get(op.weight + c) + get(op.shift + c));
    });
    if (op.mean != nullptr) op.mean[r] = mean;
    if (op.rstd != nullptr) op.rstd[r] = rstd;
  }
}

void norm_backward(const NormBackward& op, std::int64_t begin, std::int64_t end) {
  const std::int64_t width = op.width;
  const float inverse = 1.0F / static_cast<float>(width);
  float *dweight = op.partial, *dshift = dweight + width, *dbias = dshift + width;
  for (std::int64_t i = 0; i < 3 * width; ++i) op.partial[i] = 0.0F;
  float factors[kMaskPiece + 64];
  for (std::int64_t r = begin; r < end; ++r) {
    const float *dy = op.dy + r * width, *z = op.z + r * width;
    float *dz = op.dz + r * width, *dx = op.dx + r * width;
    const float mean = op.mean[r], rstd = op.rstd[r];
    Vec sum_g = {}, sum_gx = {};
    each_vector(width, [&](std::int64_t i, auto get, auto put) {
      const Vec d = get(dy + i), normalised = (get(z + i) - mean) * rstd;
      const Vec g = d * get(op.weight + i);  // 0 behind the row's end
      sum_g += g;
      sum_gx += g * normalised;
      put(dweight + i, get(dweight + i) + d * normalised);
      put(dshift + i, get(dshift + i) + d);
    });
    const float mean_g = sum(sum_g) * inverse, mean_gx = sum(sum_gx) * inverse;
    for (std::int64_t piece = 0; piece < width; piece += kMaskPiece) {
      const std::int64_t n = width - piece < kMaskPiece ? width - piece : kMaskPiece;
      if (op.mask.scale != 0.0F) mask_range(r * width + piece, n, 0, op.mask, factors);
      each_vector(n, [&](std::int64_t in_piece, auto get, auto put) {
        const std::int64_t i = piece + in_piece;
        const Vec normalised = (get(z + i) - mean) * rstd;
        const Vec d = (get(dy + i) * get(op.weight + i) - mean_g - normalised * mean_gx) * rstd;
        const Vec masked = op.mask.scale != 0.0F ? d * get(factors + in_piece) : d;
        put(dz + i, d);
        put(dx + i, masked);
        put(dbias + i, get(dbias + i) + masked);
      });
    }
  }
}

}  // namespace

void fill_element_loops(Loops& made) {
  made.mask = mask;
  made.gelu = gelu;
  made.gelu_backward = gelu_backward;
  made.norm = norm;
  made.norm_backward = norm_backward;
}

}  // namespace attune::ATTUNE_ISA
