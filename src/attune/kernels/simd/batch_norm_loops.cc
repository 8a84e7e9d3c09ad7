// Built once for each instruction set. See simd/vec.h for what must not be used here.
#include "attune/kernels/simd/batch_norm_loops.h"
#include "attune/kernels/simd/vec.h"

namespace attune::ATTUNE_ISA {
namespace {

// Samples as they lie in memory: fp32, or the upper half of one (bfloat16).
struct Fp32 {
  typedef float Sample;
  ATTUNE_INLINE Vec get(const Sample* p) { return load(p); }
  ATTUNE_INLINE Vec get_part(const Sample* p, std::int64_t n) { return load_part(p, n); }
  ATTUNE_INLINE void put(Sample* p, Vec v) { store(p, v); }
  ATTUNE_INLINE void put_part(Sample* p, Vec v, std::int64_t n) { store_part(p, v, n); }
};

struct Bf16 {
  typedef std::uint16_t Sample;
  typedef std::uint16_t Halves __attribute__((vector_size(kLanes * 2)));
  typedef std::uint16_t LooseHalves __attribute__((vector_size(kLanes * 2), aligned(2), may_alias));

  ATTUNE_INLINE Vec widened(Halves h) {
    return reinterpret_cast<Vec>(__builtin_convertvector(h, Words) << 16);
  }
  // To nearest, ties to even; NaN stays one.
  ATTUNE_INLINE Halves rounded(Vec v) {
    const Words bits = reinterpret_cast<Words>(v);
    const Words nearest = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
    const Words nan = Words{} + 0x7FC0U;
    return __builtin_convertvector((v != v) ? nan : nearest, Halves);
  }
  ATTUNE_INLINE Vec get(const Sample* p) {
    return widened(*reinterpret_cast<const LooseHalves*>(p));
  }
  ATTUNE_INLINE Vec get_part(const Sample* p, std::int64_t n) {
    Halves h = {};
    for (int i = 0; i < n; ++i) h[i] = p[i];
    return widened(h);
  }
  ATTUNE_INLINE void put(Sample* p, Vec v) { *reinterpret_cast<LooseHalves*>(p) = rounded(v); }
  ATTUNE_INLINE void put_part(Sample* p, Vec v, std::int64_t n) {
    const Halves h = rounded(v);
    for (int i = 0; i < n; ++i) p[i] = h[i];
  }
};

// A whole vector of channels, or what is left of them.
template <typename Io>
struct Whole {
  typedef typename Io::Sample Sample;
  ATTUNE_INLINE Vec get(const Sample* p, std::int64_t) { return Io::get(p); }
  ATTUNE_INLINE void put(Sample* p, Vec v, std::int64_t) { Io::put(p, v); }
};
template <typename Io>
struct Part {
  typedef typename Io::Sample Sample;
  ATTUNE_INLINE Vec get(const Sample* p, std::int64_t n) { return Io::get_part(p, n); }
  ATTUNE_INLINE void put(Sample* p, Vec v, std::int64_t n) { Io::put_part(p, v, n); }
};

// Calls work(samples, parameters, channel, lanes) for every vector of a row's channels.
template <typename Io, typename F>
ATTUNE_INLINE void each_channel_vector(std::int64_t channels, const F& work) {
  std::int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) work(Whole<Io>{}, Whole<Fp32>{}, c, kLanes);
  if (c < channels) work(Part<Io>{}, Part<Fp32>{}, c, channels - c);
}

ATTUNE_INLINE Vec rectified(Vec v, Rectifier rectifier) {
  if (rectifier == Rectifier::none) return v;
  v = pick(v < 0, Vec{}, v);
  return rectifier == Rectifier::relu6 ? pick(v > 6, splat(6.0F), v) : v;
}

// The gradient passes where the rectifier's result is strictly inside its range.
ATTUNE_INLINE Vec passed(Vec gradient, Vec result, Rectifier rectifier) {
  if (rectifier == Rectifier::none) return gradient;
  gradient = pick(result > 0, gradient, Vec{});
  return rectifier == Rectifier::relu6 ? pick(result < 6, gradient, Vec{}) : gradient;
}

template <typename Io>
void sums(const BatchNormSums& op, std::int64_t begin, std::int64_t end) {
  typedef typename Io::Sample Sample;
  const std::int64_t channels = op.channels;
  float *base = op.partial, *total = base + channels, *squares = total + channels;
  const auto* x = static_cast<const Sample*>(op.x);
  each_channel_vector<Io>(channels, [&](auto io, auto own, std::int64_t c, std::int64_t n) {
    own.put(base + c, io.get(x + begin * channels + c, n), n);
    own.put(total + c, Vec{}, n);
    own.put(squares + c, Vec{}, n);
  });
  // Four rows at a time, so that the sums are read and written once for them.
  std::int64_t r = begin;
  for (; r + 4 <= end; r += 4) {
    const Sample* row = x + r * channels;
    each_channel_vector<Io>(channels, [&](auto io, auto own, std::int64_t c, std::int64_t n) {
      const Vec k = own.get(base + c, n);
      const Vec a = io.get(row + c, n) - k, b = io.get(row + channels + c, n) - k;
      const Vec d = io.get(row + 2 * channels + c, n) - k;
      const Vec e = io.get(row + 3 * channels + c, n) - k;
      own.put(total + c, own.get(total + c, n) + ((a + b) + (d + e)), n);
      own.put(squares + c, own.get(squares + c, n) + ((a * a + b * b) + (d * d + e * e)), n);
    });
  }
  for (; r < end; ++r) {
    const Sample* row = x + r * channels;
    each_channel_vector<Io>(channels, [&](auto io, auto own, std::int64_t c, std::int64_t n) {
      const Vec a = io.get(row + c, n) - own.get(base + c, n);
      own.put(total + c, own.get(total + c, n) + a, n);
      own.put(squares + c, own.get(squares + c, n) + a * a, n);
    });
  }
}

template <typename Io, Rectifier rectifier>
void normalise(const BatchNormForward& op, std::int64_t begin, std::int64_t end) {
  typedef typename Io::Sample Sample;
  const std::int64_t channels = op.channels;
  const auto *x = static_cast<const Sample*>(op.x),
             *residual = static_cast<const Sample*>(op.residual);
  auto* y = static_cast<Sample*>(op.y);
  for (std::int64_t at = begin * channels; at < end * channels; at += channels) {
    each_channel_vector<Io>(channels, [&](auto io, auto own, std::int64_t c, std::int64_t n) {
      Vec v = io.get(x + at + c, n) * own.get(op.scale + c, n) + own.get(op.shift + c, n);
      if (residual != nullptr) v += io.get(residual + at + c, n);
      io.put(y + at + c, rectified(v, rectifier), n);
    });
  }
}

// What reaches the normalised value: dy where the rectifier let it pass. Its result is y where
// that was kept (a residual was added to it), else it is computed again.
template <typename Rows, typename Own, typename Sample>
ATTUNE_INLINE Vec arriving(const BatchNormBackward& op, Rows io, Own own, const Sample* dy,
                           const Sample* y, Vec x, std::int64_t at, std::int64_t c, std::int64_t n,
                           Rectifier rectifier) {
  const Vec gradient = io.get(dy + at + c, n);
  if (rectifier == Rectifier::none) return gradient;
  const Vec result = y != nullptr ? io.get(y + at + c, n)
                                  : x * own.get(op.scale + c, n) + own.get(op.shift + c, n);
  return passed(gradient, result, rectifier);
}

template <typename Io, Rectifier rectifier>
void backward_sums(const BatchNormBackward& op, std::int64_t begin, std::int64_t end) {
  typedef typename Io::Sample Sample;
  const std::int64_t channels = op.channels;
  const auto *x = static_cast<const Sample*>(op.x), *dy = static_cast<const Sample*>(op.dy),
             *y = static_cast<const Sample*>(op.y);
  auto* passed_on = static_cast<Sample*>(op.d_residual);
  float *total = op.partial, *products = total + channels;
  for (std::int64_t c = 0; c < 2 * channels; ++c) op.partial[c] = 0.0F;
  for (std::int64_t at = begin * channels; at < end * channels; at += channels) {
    each_channel_vector<Io>(channels, [&](auto io, auto own, std::int64_t c, std::int64_t n) {
      const Vec v = io.get(x + at + c, n);
      const Vec g = arriving(op, io, own, dy, y, v, at, c, n, rectifier);
      if (passed_on != nullptr) io.put(passed_on + at + c, g, n);
      own.put(total + c, own.get(total + c, n) + g, n);
      own.put(products + c, own.get(products + c, n) + g * (v - own.get(op.mean + c, n)), n);
    });
  }
}

template <typename Io, Rectifier rectifier>
void backward(const BatchNormBackward& op, std::int64_t begin, std::int64_t end) {
  typedef typename Io::Sample Sample;
  const std::int64_t channels = op.channels;
  const auto *x = static_cast<const Sample*>(op.x), *dy = static_cast<const Sample*>(op.dy),
             *y = static_cast<const Sample*>(op.y);
  auto* dx = static_cast<Sample*>(op.dx);
  for (std::int64_t at = begin * channels; at < end * channels; at += channels) {
    each_channel_vector<Io>(channels, [&](auto io, auto own, std::int64_t c, std::int64_t n) {
      const Vec v = io.get(x + at + c, n);
      const Vec g = arriving(op, io, own, dy, y, v, at, c, n, rectifier);
      const Vec centred = v - own.get(op.mean + c, n);
      io.put(dx + at + c,
             g * own.get(op.of_gradient + c, n) + centred * own.get(op.of_input + c, n) +
                 own.get(op.constant + c, n),
             n);
    });
  }
}

template <typename Io>
BatchNormLoops::Typed typed() {
  return {.sums = sums<Io>,
          .normalise = {normalise<Io, Rectifier::none>, normalise<Io, Rectifier::relu>,
                        normalise<Io, Rectifier::relu6>},
          .backward_sums = {backward_sums<Io, Rectifier::none>, backward_sums<Io, Rectifier::relu>,
                            backward_sums<Io, Rectifier::relu6>},
          .backward = {backward<Io, Rectifier::none>, backward<Io, Rectifier::relu>,
                       backward<Io, Rectifier::relu6>}};
}

}  // namespace

BatchNormLoops batch_norm_loops() {
  return {.fp32 = typed<Fp32>(), .bf16 = typed<Bf16>()};
}

}  // namespace attune::ATTUNE_ISA
