#include "attune/tasks/text_classification/loss.h"

#include <numeric>

#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr auto kSingle = ProblemType::single_label_classification;
constexpr auto kMulti = ProblemType::multi_label_classification;

TextDataset single_label(std::vector<std::int64_t> labels) {
  TextDataset dataset{.label_kind = LabelKind::single_label, .label_names = {"no", "yes", "maybe"}};
  for (const std::int64_t label : labels) dataset.examples.push_back({.label = label});
  return dataset;
}

std::vector<std::int64_t> all_of(const TextDataset& dataset) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(dataset.size()));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

/// The mean that sum and weight give is what LibTorch calls the mean of the whole batch.
TEST(ClassificationLoss, SumOverWeightIsTheWeightedMean) {
  const TextDataset dataset = single_label({0, 2, 1, 1});
  const at::Tensor logits = at::randn({4, 3});
  for (const std::vector<double>& weights : {std::vector<double>{}, {0.5, 2.0, 1.0}}) {
    const ClassificationLoss loss(kSingle, 3, weights, 0.1);
    const at::Tensor targets = loss.targets(dataset, all_of(dataset));
    const at::Tensor class_weights =
        weights.empty() ? at::Tensor() : at::tensor(weights, at::TensorOptions(at::kFloat));
    const auto expected =
        at::cross_entropy_loss(logits, targets, class_weights, at::Reduction::Mean, -100, 0.1);
    EXPECT_NEAR(loss.sum(logits, targets).item<double>() / loss.weight(targets),
                expected.item<double>(), 1e-6);
  }
}

TEST(ClassificationLoss, PartsOfABatchAddUp) {
  const TextDataset dataset = single_label({0, 2, 1, 1, 0});
  const at::Tensor logits = at::randn({5, 3});
  const ClassificationLoss loss(kSingle, 3, {1.0, 3.0, 0.5}, 0);
  const at::Tensor targets = loss.targets(dataset, all_of(dataset));
  const auto part = [&](std::int64_t begin, std::int64_t count) {
    return loss.sum(logits.narrow(0, begin, count), targets.narrow(0, begin, count)).item<double>();
  };
  EXPECT_NEAR(part(0, 2) + part(2, 3), loss.sum(logits, targets).item<double>(), 1e-5);
  EXPECT_DOUBLE_EQ(loss.weight(targets.narrow(0, 0, 2)) + loss.weight(targets.narrow(0, 2, 3)),
                   loss.weight(targets));
}

TEST(ClassificationLoss, MultiLabelTargetsAreIndicators) {
  TextDataset dataset{.label_kind = LabelKind::multi_label, .label_names = {"a", "b", "c"}};
  dataset.examples.push_back({.label_set = {0, 2}});
  dataset.examples.push_back({});
  const ClassificationLoss loss(kMulti, 3, {}, 0);
  const at::Tensor targets = loss.targets(dataset, all_of(dataset));
  EXPECT_TRUE(at::equal(targets, at::tensor({1.F, 0.F, 1.F, 0.F, 0.F, 0.F}).view({2, 3})));
  EXPECT_DOUBLE_EQ(loss.weight(targets), 6);
  EXPECT_NEAR(loss.sum(at::zeros({2, 3}), targets).item<double>(), 6 * std::log(2.0), 1e-5);
}

TEST(ClassificationLoss, OptionsThatDoNotFitAreRefused) {
  EXPECT_THROW(ClassificationLoss(kMulti, 3, {}, 0.1), Error);
  EXPECT_THROW(ClassificationLoss(ProblemType::regression, 1, {1.0}, 0), Error);
}

TEST(ClassWeights, AreReadOrBalanced) {
  const TextDataset dataset = single_label({0, 0, 0, 1, 1, 2});
  EXPECT_TRUE(parse_class_weights("", dataset).empty());
  const auto balanced = parse_class_weights("balanced", dataset);  // 6 / (3 * count)
  EXPECT_NEAR(balanced[0], 2.0 / 3, 1e-12);
  EXPECT_NEAR(balanced[1], 1.0, 1e-12);
  EXPECT_NEAR(balanced[2], 2.0, 1e-12);
  EXPECT_EQ(parse_class_weights("yes=2.5, no=0.5", dataset), (std::vector<double>{0.5, 2.5, 1.0}));
  EXPECT_THROW(parse_class_weights("yess=2", dataset), Error);
  EXPECT_THROW(parse_class_weights("yes=-1", dataset), Error);
  EXPECT_THROW(parse_class_weights("balance", dataset), Error);
}

}  // namespace
}  // namespace attune
