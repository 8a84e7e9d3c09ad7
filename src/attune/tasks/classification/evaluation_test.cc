#include "attune/tasks/classification/evaluation.h"

#include <cmath>
#include <limits>

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr auto kSingle = ProblemType::single_label_classification;
constexpr auto kMulti = ProblemType::multi_label_classification;
constexpr auto kNumber = ProblemType::regression;

Targets ids(const std::vector<std::int64_t>& labels) {
  return at::tensor(labels, at::TensorOptions(at::kLong));
}

TEST(MetricInfos, BeginWithTheLossAndTellTheHeadlines) {
  const auto headlines = [](ProblemType problem, const std::vector<std::string>& labels) {
    std::vector<std::string> names;
    for (const MetricInfo& info : metric_infos(problem, labels)) {
      if (info.headline) names.push_back(info.name);
    }
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(headlines(kSingle, {"a", "b"}), (Names{"loss", "accuracy", "f1", "mcc", "auroc"}));
  EXPECT_EQ(headlines(kMulti, {"a", "b"}), (Names{"loss", "accuracy", "f1", "auroc"}));
  EXPECT_EQ(headlines(kNumber, {}), (Names{"loss", "mse", "pearson", "spearman"}));
  EXPECT_FALSE(metric_infos(kNumber, {}).front().greater_is_better);
}

TEST(UndefinedMetrics, AreToldOfTheLabelsThatMakeThemSo) {
  EXPECT_THAT(undefined_metrics(kSingle, {"a", "b", "c"}, ids({0, 1, 2, 1})), IsEmpty());
  const auto without_c = undefined_metrics(kSingle, {"a", "b", "c"}, ids({0, 1}));
  EXPECT_THAT(without_c, Contains(Pair("auroc", "no sample is of class \"c\"")));
  EXPECT_EQ(without_c.size(), 2);  // auroc_weighted leaves a class of weight 0 out
  EXPECT_THAT(undefined_metrics(kSingle, {"a", "b"}, ids({1, 1})),
              Contains(Pair("auroc", "every sample is of class \"b\"")));
}

TEST(UndefinedMetrics, CountOnlyKnownLabels) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Targets complete = at::tensor({1.F, 0.F, 0.F, 1.F}).view({2, 2});
  EXPECT_THAT(undefined_metrics(kMulti, {"a", "b"}, complete), IsEmpty());
  const Targets half = at::tensor({1.F, 0.F, nan, 1.F}).view({2, 2});
  EXPECT_THAT(undefined_metrics(kMulti, {"a", "b"}, half),
              Contains(Pair("auroc", "every sample has label \"a\"")));
  const Targets unknown = at::tensor({nan, nan}).view({1, 2});
  const auto all = undefined_metrics(kMulti, {"a", "b"}, unknown);
  EXPECT_THAT(all, Contains(Pair("loss", "no label is known")));
  EXPECT_EQ(all.size(), metric_infos(kMulti, {"a", "b"}).size());
}

TEST(UndefinedMetrics, OfEqualNumbersAreTheCorrelations) {
  EXPECT_THAT(undefined_metrics(kNumber, {}, at::tensor({0.5F, 1.5F})), IsEmpty());
  const auto constant = undefined_metrics(kNumber, {}, at::tensor({2.F, 2.F}));
  EXPECT_THAT(constant, Contains(Pair("pearson", "all targets are equal")));
  EXPECT_EQ(constant.size(), 3);
}

}  // namespace
}  // namespace attune
