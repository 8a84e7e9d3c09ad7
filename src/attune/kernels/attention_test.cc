#include "attune/kernels/attention.h"

#include <cmath>
#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/kernels/testing/compare.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using Offsets = std::vector<std::int64_t>;

struct Case {
  Offsets queries, keys;
  std::int64_t heads;
  KeyedDropout dropout = {};
  bool causal = false;
};

// Of query, key, value and, where there is a fourth input, the bias.
Operation attention(bool fused, const Case& c) {
  return [=](const std::vector<at::Tensor>& in) {
    const AttentionMask mask = {.causal = c.causal, .bias = in.size() > 3 ? in[3] : at::Tensor()};
    return (fused ? packed_attention : packed_attention_reference)(
        in[0], in[1], in[2], c.queries, c.keys, c.heads, 0.3, c.dropout, mask);
  };
}

void compare_attention(const Case& c, const std::vector<at::Tensor>& inputs,
                       double tolerance = 5e-6) {
  compare(attention(true, c), attention(false, c), inputs, tolerance);
}

TEST(Attention, FusedEqualsTheReference) {
  const Offsets offsets = {0, 1, 28, 30, 94, 224};  // also more than one block
  const Offsets one_each = {0, 1, 2, 3, 4, 5};
  for (const double p : {0.0, 0.25}) {
    const KeyedDropout spec = {.p = p, .key = 11};
    for (const auto& [heads, width] : {std::pair{1, 1}, {3, 5}, {2, 32}, {2, 64}, {2, 17}}) {
      const at::Tensor k = values({224, heads * width}, 2), v = values({224, heads * width}, 3);
      compare_attention({offsets, offsets, heads, spec}, {values({224, heads * width}, 1), k, v});
      compare_attention({one_each, offsets, heads, spec}, {values({5, heads * width}, 1), k, v});
    }
  }
}

// Queries as many as keys and fewer, of one block and of several, with odd lengths.
TEST(Attention, FusedEqualsTheReferenceUnderMasks) {
  const Offsets keys = {0, 1, 28, 30, 107}, fewer = {0, 1, 8, 9, 78};
  constexpr std::int64_t kHeads = 3, kWidth = 5, kLongest = 77;
  const at::Tensor k = values({107, kHeads * kWidth}, 2), v = values({107, kHeads * kWidth}, 3);
  const std::vector<at::Tensor> biases = {
      {},
      values({kHeads, kLongest, kLongest}, 4),
      values({1, kLongest + 2, kLongest + 5}, 5),               // one for all heads, larger
      values({4, kHeads, kLongest, kLongest}, 6),               // one for each sequence
      values({kHeads, kLongest, kLongest}, 7).transpose(1, 2),  // columns far apart
  };
  for (const Offsets& queries : {keys, fewer}) {
    for (const bool causal : {false, true}) {
      for (const double p : {0.0, 0.25}) {
        for (const at::Tensor& bias : biases) {
          std::vector<at::Tensor> inputs = {values({queries.back(), kHeads * kWidth}, 1), k, v};
          if (bias.defined()) inputs.push_back(bias);
          compare_attention({queries, keys, kHeads, {.p = p, .key = 11}, causal}, inputs);
        }
      }
    }
  }
}

// exp(s_j) / sum exp(s_j) written out.
TEST(Attention, ReferenceIsTheFormula) {
  const Offsets queries = {0, 2, 4}, keys = {0, 2, 5};  // the second: 2 queries, 3 keys
  constexpr double kScale = 0.7;
  const at::Tensor q = values({4, 4}, 1), k = values({5, 4}, 2), v = values({5, 4}, 3),
                   bias = values({2, 2, 3}, 4);
  const auto at = [](const at::Tensor& x, std::int64_t row, std::int64_t column) {
    return x[row][column].item<double>();
  };
  for (const bool causal : {false, true}) {
    const at::Tensor got = packed_attention_reference(q, k, v, queries, keys, 2, kScale, {},
                                                      {.causal = causal, .bias = bias});
    for (std::int64_t row = 0; row < 4; ++row) {
      const std::int64_t n = row / 2, i = row % 2, q_count = 2, k_count = 2 + n, k0 = 2 * n;
      for (std::int64_t h = 0; h < 2; ++h) {
        double total = 0, sums[2] = {};
        for (std::int64_t j = 0; j < k_count; ++j) {
          if (causal && j > i + k_count - q_count) continue;
          double score = at(bias[h], i, j);
          for (int c = 0; c < 2; ++c) {
            score += kScale * at(q, row, 2 * h + c) * at(k, k0 + j, 2 * h + c);
          }
          total += std::exp(score);
          for (int c = 0; c < 2; ++c) sums[c] += std::exp(score) * at(v, k0 + j, 2 * h + c);
        }
        for (int c = 0; c < 2; ++c) {
          EXPECT_NEAR(at(got, row, 2 * h + c), sums[c] / total, 1e-5) << causal << row << h << c;
        }
      }
    }
  }
}

TEST(Attention, CausalStepsEqualTheWholeText) {
  const at::Tensor q = values({70, 8}, 1), k = values({70, 8}, 2), v = values({70, 8}, 3);
  const AttentionMask causal = {.causal = true};
  const at::Tensor whole =
      packed_attention(q, k, v, Offsets{0, 70}, Offsets{0, 70}, 2, 0.5, {}, causal);
  for (const std::int64_t n : {1, 17, 64, 70}) {
    const at::Tensor last =
        packed_attention(q.slice(0, n - 1, n), k.slice(0, 0, n), v.slice(0, 0, n), Offsets{0, 1},
                         Offsets{0, n}, 2, 0.5, {}, causal);
    EXPECT_LT((last[0] - whole[n - 1]).abs().max().item<double>(), 1e-6) << n;
  }
}

TEST(Attention, MinusInfinityHidesKeys) {
  at::Tensor bias = at::zeros({1, 9, 9});
  bias.slice(2, 4).fill_(-std::numeric_limits<float>::infinity());
  const at::Tensor q = values({9, 8}, 1), k = values({9, 8}, 2), v = values({9, 8}, 3);
  const at::Tensor got =
      packed_attention(q, k, v, Offsets{0, 9}, Offsets{0, 9}, 2, 0.5, {}, {.bias = bias});
  const at::Tensor expected =
      packed_attention(q, k.slice(0, 0, 4), v.slice(0, 0, 4), Offsets{0, 9}, Offsets{0, 4}, 2, 0.5);
  EXPECT_LT((got - expected).abs().max().item<double>(), 1e-6);
}

// A gradient of what no query saw must be zero, not what memory held.
TEST(Attention, SequencesWithoutQueriesGiveNoGradient) {
  compare_attention({{0, 0, 3}, {0, 70, 74}, 2},
                    {values({3, 8}, 1), values({74, 8}, 2), values({74, 8}, 3)});
}

TEST(Attention, PiecesOfOneMatrix) {
  const at::Tensor all = values({9, 24}, 1);
  const Offsets offsets = {0, 4, 9};
  const auto parts = all.split(8, 1);
  const at::Tensor got = packed_attention(parts[0], parts[1], parts[2], offsets, offsets, 2, 0.5);
  EXPECT_TRUE(at::equal(got, packed_attention(parts[0].contiguous(), parts[1].contiguous(),
                                              parts[2].contiguous(), offsets, offsets, 2, 0.5)));
}

TEST(Attention, LargeScoresDoNotOverflow) {
  const at::Tensor q = values({3, 8}, 1, 20.0), k = values({3, 8}, 2, 20.0), v = values({3, 8}, 3);
  for (const bool causal : {false, true}) {
    compare_attention({{0, 3}, {0, 3}, 1, {}, causal}, {q, k, v}, 5e-5);
    compare_attention({{0, 3}, {0, 3}, 1, {}, causal}, {q, k, v, values({1, 3, 3}, 4, 99)}, 5e-5);
  }
}

TEST(Attention, MasksThatDoNotFitAreRefused) {
  const at::Tensor x = values({7, 8}, 1);
  const auto refusal = [&](const Offsets& queries, const AttentionMask& mask) {
    return error_of(ErrorKind::internal, [&] {
      packed_attention(x.slice(0, 0, queries.back()), x, x, queries, Offsets{0, 2, 7}, 2, 1, {},
                       mask);
    });
  };
  EXPECT_THAT(refusal({0, 3, 7}, {.causal = true}), HasSubstr("3 queries none of 2 keys"));
  const std::vector<std::vector<std::int64_t>> wrong = {
      {2, 3, 5}, {2, 4, 4}, {3, 4, 5}, {4, 5}, {3, 2, 4, 5}};
  for (const auto& sizes : wrong) {
    EXPECT_THAT(refusal({0, 2, 6}, {.bias = at::zeros(sizes)}), HasSubstr("a bias of"))
        << at::IntArrayRef(sizes);
  }
  EXPECT_EQ(refusal({0, 2, 6}, {.causal = true, .bias = at::zeros({2, 2, 4, 5})}), "no error");
}

}  // namespace
}  // namespace attune
