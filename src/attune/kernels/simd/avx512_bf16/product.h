#pragma once

#include <cstdint>

// Matrix products of bfloat16 factors with fp32 sums by `vdpbf16ps`, which adds the products of two
// neighbours along the depth to a lane. Compiled for AVX512-BF16: ask `cpu_features()` first. What
// these take is laid out for them: `Bits` are bfloat16.
namespace attune::avx512_bf16 {

using Bits = std::uint16_t;

/// Columns that are packed and multiplied together.
inline constexpr std::int64_t kPanel = 64;

/// A matrix of which the elements of a row, or of a column, lie one behind the other.
struct Matrix {
  const Bits* data;
  std::int64_t row_stride, column_stride;  ///< in elements; one of them is 1
};

/// Elements that a packed matrix of depth x columns takes.
std::int64_t packed_size(std::int64_t depth, std::int64_t columns);

/// Packs the panels [begin, end) of `b` [depth, columns] into `packed`, aligned to 64 bytes: panel
/// after panel, pairs of rows interleaved, zeros beyond the last row and column.
void pack(const Matrix& b, std::int64_t depth, std::int64_t columns, std::int64_t begin,
          std::int64_t end, Bits* packed);

/// Rows [begin, end) of `b` turned: `turned` [columns, depth] of `b` [depth, columns], contiguous.
void turn(const Matrix& b, std::int64_t depth, std::int64_t begin, std::int64_t end, Bits* turned);

/// c [rows, columns] += a b, or = a b, for the rows [begin, end) and the panels [first, last) of b.
/// Rows of `a` are contiguous. The sum of an element is always taken in the same order.
struct Product {
  const Bits* a;
  std::int64_t a_stride;
  const Bits* packed;
  float* c;
  std::int64_t c_stride;
  std::int64_t depth, columns;
  bool accumulate;
};
void multiply(const Product& product, std::int64_t begin, std::int64_t end, std::int64_t first,
              std::int64_t last);

}  // namespace attune::avx512_bf16
