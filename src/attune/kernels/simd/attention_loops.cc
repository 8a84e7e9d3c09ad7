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

// The same where rows [0, before) of C hold a sum already and the rows behind it none.
void add_product(const MatrixA& a, const float* b, std::int64_t ldb, float* c, std::int64_t ldc,
                 std::int64_t before, std::int64_t m, std::int64_t n, std::int64_t k) {
  if (before > 0) product(a, b, ldb, c, ldc, before, n, k, true);
  const MatrixA rest = {a.data + before * a.row, a.row, a.column};
  product(rest, b, ldb, c + before * ldc, ldc, m - before, n, k, false);
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

// The number of keys that query i sees.
ATTUNE_INLINE std::int64_t seen_by(const AttentionTile& t, std::int64_t i) {
  return t.causal ? i + 1 + t.keys - t.queries : t.keys;
}

// A block of queries and the keys that any of them sees: those behind are left out of every
// product, which halves the work of a causal mask on long sequences.
struct Block {
  std::int64_t first, rows, keys, columns;

  Block(const AttentionTile& t, std::int64_t first_row)
      : first(first_row),
        rows(t.queries - first < kQueryBlock ? t.queries - first : kQueryBlock),
        keys(seen_by(t, first + rows - 1)),
        columns(padded(keys)) {}
};

// Hides scores [keys, padded keys): e^-87.3 is below half an ulp of any sum, which is at least 1.
ATTUNE_INLINE void hide_behind(float* s, std::int64_t keys, float scale) {
  const float low = -3.0e38F / (scale > 1.0F ? scale : 1.0F);
  for (std::int64_t j = keys; j < padded(keys); ++j) s[j] = low;
}

// With a bias, in place: scores of query i -> scale * score + bias. Returns the scale that is left
// to apply.
ATTUNE_INLINE float add_bias(const AttentionTile& t, std::int64_t i, float* s, std::int64_t keys) {
  if (t.bias == nullptr) return t.scale;
  const float* bias = t.bias + i * t.bias_stride;
  std::int64_t j = 0;
  for (; j + kLanes <= keys; j += kLanes) store(s + j, load(s + j) * t.scale + load(bias + j));
  if (j < keys) store(s + j, load(s + j) * t.scale + load_part(bias + j, keys - j));
  return 1.0F;
}

// In place: the scores of `keys` keys -> probabilities, zeros behind them up to `columns`; returns
// log(sum of exponentials) of the scaled scores.
float softmax_row(float* s, std::int64_t keys, std::int64_t columns, float scale) {
  hide_behind(s, keys, scale);
  const std::int64_t end = padded(keys);
  Vec top = load(s);
  for (std::int64_t j = kLanes; j < end; j += kLanes) top = maximum(top, load(s + j));
  const float shift = largest(top) * scale;
  Vec total = {};
  for (std::int64_t j = 0; j < end; j += kLanes) {
    const Vec e = exponential(load(s + j) * scale - shift);
    store(s + j, e);
    total += e;
  }
  for (std::int64_t j = keys; j < columns; ++j) s[j] = 0.0F;
  const float sums = sum(total);
  const Vec inverse = splat(1.0F / sums);
  for (std::int64_t j = 0; j < end; j += kLanes) store(s + j, load(s + j) * inverse);
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
    const Block block(t, first);
    const MatrixA q = {t.q + first * t.q_stride, t.q_stride, 1};
    product(q, w.k_transposed, w.columns, w.p, w.columns, block.rows, block.columns, t.width,
            false);
    if (t.mask.scale != 0.0F) draw_factors(t, first, block.rows, w.factors);
    for (std::int64_t r = 0; r < block.rows; ++r) {
      float* row = w.p + r * w.columns;
      const std::int64_t keys = seen_by(t, first + r);
      const float scale = add_bias(t, first + r, row, keys);
      const float lse = softmax_row(row, keys, block.columns, scale);
      if (t.lse != nullptr) t.lse[first + r] = lse;
      if (t.mask.scale != 0.0F) apply_factors(row, w.factors + r * t.keys, keys);
    }
    product({w.p, w.columns, 1}, w.v, w.depth, w.out, w.depth, block.rows, w.depth, block.keys,
            false);
    copy_out(w.out, w.depth, block.rows, t.width, o.out + first * o.stride, o.stride);
  }
}

// Gradients of scale * score + bias -> of the scores; adds them to the bias' gradient first.
ATTUNE_INLINE void give_to_bias(float* ds, float* d_bias, std::int64_t keys, float scale) {
  std::int64_t j = 0;
  for (; j + kLanes <= keys; j += kLanes) {
    store(d_bias + j, load(d_bias + j) + load(ds + j));
    store(ds + j, load(ds + j) * scale);
  }
  for (; j < keys; ++j) {
    d_bias[j] += ds[j];
    ds[j] *= scale;
  }
}

// With P the probabilities, M the dropout mask and U = dO V^T: dV = (P M)^T dO, of the bias
// dB = P (M U - sum_j P M U), of the scores dS = scale dB; dQ = dS K, dK = dS^T Q.
void score_gradients(const AttentionTile& t, const AttentionGradients& g, const Scratch& w,
                     const Block& block) {
  for (std::int64_t r = 0; r < block.rows; ++r) {
    const std::int64_t i = block.first + r, keys = seen_by(t, i), end = padded(keys);
    float *p = w.p + r * w.columns, *dp = w.dp + r * w.columns;
    const float lse = t.lse[i];
    const float* factors = w.factors + r * t.keys;
    const float scale = add_bias(t, i, p, keys);
    if (t.causal) {  // else both are 0 behind the last key
      hide_behind(p, keys, scale);
      for (std::int64_t j = keys; j < end; ++j) dp[j] = 0.0F;
    }
    Vec total = {};
    if (t.mask.scale != 0.0F) apply_factors(dp, factors, keys);
    for (std::int64_t j = 0; j < end; j += kLanes) {
      const Vec e = exponential(load(p + j) * scale - lse);
      store(p + j, e);
      total += e * load(dp + j);
    }
    const float dot = sum(total), after = g.d_bias != nullptr ? 1.0F : t.scale;
    for (std::int64_t j = 0; j < end; j += kLanes) {
      store(dp + j, load(p + j) * (load(dp + j) - dot) * after);
    }
    if (g.d_bias != nullptr) give_to_bias(dp, g.d_bias + i * g.d_bias_stride, keys, t.scale);
    for (std::int64_t j = keys; j < block.keys; ++j) p[j] = dp[j] = 0.0F;
    if (t.mask.scale != 0.0F) apply_factors(p, factors, keys);
  }
}

void attention_backward(const AttentionTile& t, const AttentionGradients& g) {
  const Scratch w(t.scratch, t.keys, t.width);
  transpose_in(t.k, t.k_stride, t.keys, t.width, w.k_transposed, w.columns);
  transpose_in(t.v, t.v_stride, t.keys, t.width, w.v_transposed, w.columns);
  copy_in(t.k, t.k_stride, t.keys, t.width, w.k, w.depth);
  std::int64_t summed = 0;  // keys whose dK and dV have begun
  for (std::int64_t first = 0; first < t.queries; first += kQueryBlock) {
    const Block block(t, first);
    const std::int64_t rows = block.rows;
    copy_in(t.q + first * t.q_stride, t.q_stride, rows, t.width, w.q, w.depth);
    copy_in(g.d_out + first * g.d_out_stride, g.d_out_stride, rows, t.width, w.other, w.depth);
    product({w.q, w.depth, 1}, w.k_transposed, w.columns, w.p, w.columns, rows, block.columns,
            t.width, false);
    product({w.other, w.depth, 1}, w.v_transposed, w.columns, w.dp, w.columns, rows, block.columns,
            t.width, false);
    if (t.mask.scale != 0.0F) draw_factors(t, first, rows, w.factors);
    score_gradients(t, g, w, block);
    add_product({w.p, 1, w.columns}, w.other, w.depth, w.dv, w.depth, summed, block.keys, w.depth,
                rows);
    add_product({w.dp, 1, w.columns}, w.q, w.depth, w.dk, w.depth, summed, block.keys, w.depth,
                rows);
    summed = block.keys;
    product({w.dp, w.columns, 1}, w.k, w.depth, w.out, w.depth, rows, w.depth, block.keys, false);
    copy_out(w.out, w.depth, rows, t.width, g.dq + first * g.dq_stride, g.dq_stride);
  }
  for (std::int64_t i = summed * w.depth; i < t.keys * w.depth; ++i) w.dk[i] = w.dv[i] = 0.0F;
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
