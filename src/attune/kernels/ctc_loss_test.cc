#include "attune/kernels/ctc_loss.h"

#include <cmath>
#include <limits>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

using Labels = std::vector<std::int64_t>;

at::Tensor values(std::int64_t rows, std::int64_t columns) {
  const at::Tensor i = at::arange(rows * columns, at::kFloat);
  return (2 * at::sin(1.7 * i)).view({rows, columns});
}

Labels collapsed(const Labels& path, std::int64_t blank) {
  Labels labels;
  for (std::size_t t = 0; t < path.size(); ++t) {
    const bool repeats = t > 0 && path[t] == path[t - 1];
    if (path[t] != blank && !repeats) labels.push_back(path[t]);
  }
  return labels;
}

// Graves et al. 2006, eq. 3, word for word: the sum over all paths that collapse to the labels.
double enumerated(const at::Tensor& logits, const Labels& labels, std::int64_t blank) {
  const at::Tensor p = at::log_softmax(logits, 1, at::kDouble).exp();
  const std::int64_t frames = p.size(0), symbols = p.size(1);
  Labels path(static_cast<std::size_t>(frames), 0);
  double sum = 0;
  while (true) {
    if (collapsed(path, blank) == labels) {
      double product = 1;
      for (std::int64_t t = 0; t < frames; ++t) {
        product *= p[t][path[static_cast<std::size_t>(t)]].item<double>();
      }
      sum += product;
    }
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == symbols) path[t++] = 0;
    if (t == path.size()) return -std::log(sum);
  }
}

TEST(CtcLoss, IsTheSumOverAllPaths) {
  const at::Tensor logits = values(10, 3);
  const at::Tensor labels = at::tensor({2, 0, 0, 0, 2}, at::kLong);
  const at::Tensor losses = ctc_loss(logits, {0, 4, 5, 10}, labels, {0, 2, 3, 5}, 1, false);
  EXPECT_NEAR(losses[0].item<double>(), enumerated(logits.narrow(0, 0, 4), {2, 0}, 1), 1e-5);
  EXPECT_NEAR(losses[1].item<double>(), enumerated(logits.narrow(0, 4, 1), {0}, 1), 1e-5);
  EXPECT_NEAR(losses[2].item<double>(), enumerated(logits.narrow(0, 5, 5), {0, 2}, 1), 1e-5);
}

TEST(CtcLoss, NoLabelsAreAllBlanks) {
  const at::Tensor logits = values(4, 3);
  const at::Tensor losses =
      ctc_loss(logits, {0, 3, 4}, at::tensor({1}, at::kLong), {0, 0, 1}, 0, false);
  EXPECT_NEAR(losses[0].item<double>(), enumerated(logits.narrow(0, 0, 3), {}, 0), 1e-5);
}

TEST(CtcLoss, GradientIsThatOfTheSum) {
  const at::Tensor logits = values(5, 3).set_requires_grad(true);
  ctc_loss(logits, {0, 5}, at::tensor({1, 1}, at::kLong), {0, 2}, 0, false).sum().backward();
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    const auto moved = [&](double by) {
      at::Tensor copy = logits.detach().to(at::kDouble);
      copy.view({-1})[i] += by;
      return enumerated(copy, {1, 1}, 0);
    };
    EXPECT_NEAR(logits.grad().view({-1})[i].item<double>(), (moved(1e-5) - moved(-1e-5)) / 2e-5,
                1e-4)
        << i;
  }
}

TEST(CtcLoss, TooFewFramesAreInfiniteOrLeftOut) {
  const at::Tensor labels = at::tensor({1, 1, 2}, at::kLong);  // 1 _ 1 2: four frames
  for (const bool zero_infinity : {false, true}) {
    const at::Tensor logits = values(7, 3).set_requires_grad(true);
    const at::Tensor losses =
        ctc_loss(logits, {0, 3, 7}, at::cat({labels, labels}), {0, 3, 6}, 0, zero_infinity);
    EXPECT_EQ(losses[0].item<float>(), zero_infinity ? 0 : std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isfinite(losses[1].item<float>()));
    losses.sum().backward();
    const double first = logits.grad().narrow(0, 0, 3).abs().sum().item<double>();
    EXPECT_EQ(std::isnan(first), !zero_infinity);
    if (zero_infinity) {
      EXPECT_EQ(first, 0);
    }
    EXPECT_GT(logits.grad().narrow(0, 3, 4).abs().sum().item<double>(), 0.1);
  }
}

TEST(CtcLoss, MeanIsByEachClipsLabels) {
  const at::Tensor losses = at::tensor({6.0, 5.0, 3.0}, at::kFloat);
  EXPECT_EQ(reduce_ctc_losses(losses, {0, 2, 3, 3}, CtcReduction::sum).item<float>(), 14);
  // 6 / 2, 5 / 1, and 3 / 1 where there are no labels.
  EXPECT_FLOAT_EQ(reduce_ctc_losses(losses, {0, 2, 3, 3}, CtcReduction::mean).item<float>(),
                  11.0f / 3);
}

TEST(CtcLoss, LabelsMustBeSymbols) {
  const auto with = [](std::int64_t label) {
    return error_of(ErrorKind::user, [&] {
      ctc_loss(values(4, 3), {0, 4}, at::tensor({label}, at::kLong), {0, 1}, 1, false);
    });
  };
  EXPECT_THAT(with(3), HasSubstr("label 0 is 3, expected 0 to 2"));
  EXPECT_THAT(with(-1), HasSubstr("label 0 is -1"));
  EXPECT_THAT(with(1), HasSubstr("not 1, the blank"));
}

}  // namespace
}  // namespace attune
