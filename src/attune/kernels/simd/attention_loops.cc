// Built once for each instruction set. See simd/vec.h for what must not be used here.
#include "attune/kernels/simd/mask.h"

namespace attune::ATTUNE_ISA {
namespace {

constexpr std::int64_t kQueryBlock = 64;  // rows of the score matrix held at once

std::int64_t padded(std::int64_t n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

// C[m, n] (+)= A[m, k] B[k, n]. Element (i, p) of A is a[i * a_row + p * a_column]; rows of B and C
// are contiguous and padded to whole vectors.
struct MatrixA {
  const float* data;
  std::int64_t row, column;
};

template <int kRows, int kVectors>
ATTUNE_INLINE void micro(const MatrixA& a, const float* b, std::int64_t ldb, float* c,
                         std::int64_t ldc, std::int64_t k, bool accumulate) {
  Vec sums[kRows][kVectors];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      sums[i][j] = accumulate ? load(c + i * ldc + j * kLanes) : Vec{};
    }
  }
  for (std::int64_t p = 0; p < k; ++p) {
    Vec row[kVectors];
    for (int j = 0; j < kVectors; ++j) row[j] = load(b + p * ldb + j * kLanes);
    for (int i = 0; i < kRows; ++i) {
      const Vec x = splat(a.data[i * a.row + p * a.column]);
      for (int j = 0; j < kVectors; ++j) sums[i][j] += x * row[j];
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) store(c + i * ldc + j * kLanes, sums[i][j]);
  }
}

template <int kVectors>
void product_columns(MatrixA a, const float* b, std::int64_t ldb, float* c, std::int64_t ldc,
                     std::int64_t m, std::int64_t k, bool accumulate) {
  constexpr int kRows = kLanes == 16 ? 8 : 4;
  for (; m >= kRows; m -= kRows) {
    micro<kRows, kVectors>(a, b, ldb, c, ldc, k, accumulate);
    a.data += kRows * a.row;
    c += kRows * ldc;
  }
  for (; m >= 2; m -= 2) {
    micro<2, kVectors>(a, b, ldb, c, ldc, k, accumulate);
    a.data += 2 * a.row;
    c += 2 * ldc;
  }
  if (m == 1) micro<1, kVectors>(a, b, ldb, c, ldc, k, accumulate);
}

void product(const MatrixA& a, const float* b, std::int64_t ldb, float* c, std::int64_t ldc,
             std::int64_t m, std::int64_t n, std::int64_t k, bool accumulate) {
  std::int64_t j = 0;
  for (; j + 2 * kLanes <= n; j += 2 * kLanes) {
    product_columns<2>(a, b + j, ldb, c + j, ldc, m, k, accumulate);
  }
  if (j < n) product_columns<1>(a, b + j, ldb, c + j, ldc, m, k, accumulate);
}

// Copies [rows, width] into rows of padded width, zeros behind each.
void copy_in(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t width,
             float* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) store(to + i, load(from + i));
    if (i < width) store(to + i, load_part(from + i, width - i));
    from += stride;
    to += to_stride;
  }
}

void copy_out(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t width,
              float* to, std::int64_t stride) {
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) store(to + i, load(from + i));
    if (i < width) store_part(to + i, load(from + i), width - i);
    from += from_stride;
    to += stride;
  }
}

// to[width, padded rows] = transposed [rows, width], zeros in the columns behind `rows`.
void transpose_in(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t width,
                  float* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; r += kLanes) {
    for (std::int64_t i = 0; i < width; i += kLanes) {
      Vec square[kLanes];
      const std::int64_t across = width - i;
      for (int k = 0; k < kLanes; ++k) {
        const float* p = from + (r + k) * stride + i;
        square[k] = r + k >= rows ? Vec{} : across >= kLanes ? load(p) : load_part(p, across);
      }
      transpose(square);
      for (int k = 0; k < kLanes && k < across; ++k) store(to + (i + k) * to_stride + r, square[k]);
    }
  }
}

// Scratch, in floats: two matrices [width, keys], four [keys, width], three [block, width], two
// [block, keys], a row of mask with room to spare.
struct Scratch {
  std::int64_t columns, depth;  // padded keys, padded width
  float *k_transposed, *v_transposed, *k, *v, *dk, *dv, *q, *out, *other, *p, *dp, *factors;

  Scratch(float* base, std::int64_t keys, std::int64_t width)
      : columns(padded(keys)), depth(padded(width)) {
    const auto take = [&base](std::int64_t n) {
      float* piece = base;
      base += (n + 15) / 16 * 16;
      return piece;
    };
    k_transposed = take(width * columns);
    v_transposed = take(width * columns);
    k = take(keys * depth);
    v = take(keys * depth);
    dk = take(keys * depth);
    dv = take(keys * depth);
    q = take(kQueryBlock * depth);
    out = take(kQueryBlock * depth);
    other = take(kQueryBlock * depth);
    p = take(kQueryBlock * columns);
    dp = take(kQueryBlock * columns);
    factors = take(kQueryBlock * keys + 128);
  }
};

std::int64_t attention_scratch(std::int64_t keys, std::int64_t width) {
  const std::int64_t c = padded(keys), d = padded(width);
  return 2 * width * c + 4 * keys * d + 3 * kQueryBlock * d + 2 * kQueryBlock * c +
         kQueryBlock * keys + 128 + 12 * 16;
}

// In place: scores -> probabilities; returns log(sum of exponentials) of the scaled scores.
float softmax_row(float* s, std::int64_t keys, std::int64_t columns, float scale) {
  for (std::int64_t j = keys; j < columns; ++j) s[j] = -3.0e38F / (scale > 1.0F ? scale : 1.0F);
  Vec top = load(s);
  for (std::int64_t j = kLanes; j < columns; j += kLanes) top = maximum(top, load(s + j));
  const float shift = largest(top) * scale;
  Vec total = {};
  for (std::int64_t j = 0; j < columns; j += kLanes) {
    const Vec e = exponential(load(s + j) * scale - shift);
    store(s + j, e);
    total += e;
  }
  for (std::int64_t j = keys; j < columns; ++j) s[j] = 0.0F;
  // e^-87.3 of the padding is below half an ulp of any sum, which is at least 1.
  const float sums = sum(total);
  const Vec inverse = splat(1.0F / sums);
  for (std::int64_t j = 0; j < columns; j += kLanes) store(s + j, load(s + j) * inverse);
  return shift + __builtin_logf(sums);
}

// The scores' rows of mask, one after the other.
void draw_factors(const AttentionTile& t, std::int64_t first, std::int64_t rows, float* factors) {
  mask_range(first * t.keys, rows * t.keys, t.stream, t.mask, factors);
}

// row[j] *= factors[j] for j < keys.
ATTUNE_INLINE void apply_factors(float* row, const float* factors, std::int64_t keys) {
  std::int64_t j = 0;
  for (; j + kLanes <= keys; j += kLanes) store(row + j, load(row + j) * load(factors + j));
  if (j < keys) {
    store_part(row + j, load_part(row + j, keys - j) * load_part(factors + j, keys - j), keys - j);
  }
}

void attention(const AttentionTile& t, const AttentionOut& o) {
  const Scratch w(t.scratch, t.keys, t.width);
  transpose_in(t.k, t.k_stride, t.keys, t.width, w.k_transposed, w.columns);
  copy_in(t.v, t.v_stride, t.keys, t.width, w.v, w.depth);
  for (std::int64_t first = 0; first < t.queries; first += kQueryBlock) {
    const std::int64_t rows = t.queries - first < kQueryBlock ? t.queries - first : kQueryBlock;
    const MatrixA q = {t.q + first * t.q_stride, t.q_stride, 1};
    product(q, w.k_transposed, w.columns, w.p, w.columns, rows, w.columns, t.width, false);
    if (t.mask.scale != 0.0F) draw_factors(t, first, rows, w.factors);
    for (std::int64_t r = 0; r < rows; ++r) {
      float* row = w.p + r * w.columns;
      const float lse = softmax_row(row, t.keys, w.columns, t.scale);
      if (t.lse != nullptr) t.lse[first + r] = lse;
      if (t.mask.scale != 0.0F) apply_factors(row, w.factors + r * t.keys, t.keys);
    }
    product({w.p, w.columns, 1}, w.v, w.depth, w.out, w.depth, rows, w.depth, t.keys, false);
    copy_out(w.out, w.depth, rows, t.width, o.out + first * o.stride, o.stride);
  }
}

// With P the probabilities, M the mask and U = dO V^T: dV = (P M)^T dO, and of the scores
// dS = P (M U - sum_j P M U) scale; dQ = dS K, dK = dS^T Q.
void score_gradients(const AttentionTile& t, const Scratch& w, std::int64_t first,
                     std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r) {
    float *p = w.p + r * w.columns, *dp = w.dp + r * w.columns;
    const float lse = t.lse[first + r];
    const float* factors = w.factors + r * t.keys;
    Vec total = {};
    if (t.mask.scale != 0.0F) apply_factors(dp, factors, t.keys);
    for (std::int64_t j = 0; j < w.columns; j += kLanes) {
      const Vec e = exponential(load(p + j) * t.scale - lse);
      store(p + j, e);
      total += e * load(dp + j);  // dp is 0 behind the last key
    }
    const float dot = sum(total);
    for (std::int64_t j = 0; j < w.columns; j += kLanes) {
      store(dp + j, load(p + j) * (load(dp + j) - dot) * t.scale);
    }
    if (t.mask.scale != 0.0F) apply_factors(p, factors, t.keys);
  }
}

void attention_backward(const AttentionTile& t, const AttentionGradients& g) {
  const Scratch w(t.scratch, t.keys, t.width);
  transpose_in(t.k, t.k_stride, t.keys, t.width, w.k_transposed, w.columns);
  transpose_in(t.v, t.v_stride, t.keys, t.width, w.v_transposed, w.columns);
  copy_in(t.k, t.k_stride, t.keys, t.width, w.k, w.depth);
  for (std::int64_t first = 0; first < t.queries; first += kQueryBlock) {
    const std::int64_t rows = t.queries - first < kQueryBlock ? t.queries - first : kQueryBlock;
    copy_in(t.q + first * t.q_stride, t.q_stride, rows, t.width, w.q, w.depth);
    copy_in(g.d_out + first * g.d_out_stride, g.d_out_stride, rows, t.width, w.other, w.depth);
    product({w.q, w.depth, 1}, w.k_transposed, w.columns, w.p, w.columns, rows, w.columns, t.width,
            false);
    product({w.other, w.depth, 1}, w.v_transposed, w.columns, w.dp, w.columns, rows, w.columns,
            t.width, false);
    if (t.mask.scale != 0.0F) draw_factors(t, first, rows, w.factors);
    score_gradients(t, w, first, rows);
    product({w.p, 1, w.columns}, w.other, w.depth, w.dv, w.depth, t.keys, w.depth, rows, first > 0);
    product({w.dp, 1, w.columns}, w.q, w.depth, w.dk, w.depth, t.keys, w.depth, rows, first > 0);
    product({w.dp, w.columns, 1}, w.k, w.depth, w.out, w.depth, rows, w.depth, t.keys, false);
    copy_out(w.out, w.depth, rows, t.width, g.dq + first * g.dq_stride, g.dq_stride);
  }
  copy_out(w.dk, w.depth, t.keys, t.width, g.dk, g.dk_stride);
  copy_out(w.dv, w.depth, t.keys, t.width, g.dv, g.dv_stride);
}

}  // namespace

void fill_attention_loops(Loops& made) {
  made.attention_scratch = attention_scratch;
  made.attention = attention;
  made.attention_backward = attention_backward;
}

}  // namespace attune::ATTUNE_ISA
