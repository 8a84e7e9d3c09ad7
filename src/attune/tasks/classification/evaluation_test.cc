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

}  // namespace
}  // namespace attune
