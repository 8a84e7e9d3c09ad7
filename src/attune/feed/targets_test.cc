#include "attune/feed/targets.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "attune/data/image/image_dataset.h"
#include "attune/data/text/text_dataset.h"

namespace attune {
namespace {

TEST(Targets, AreIdsIndicatorsOrValues) {
  TextDataset single{.label_kind = LabelKind::single_label, .label_names = {"a", "b"}};
  single.examples = {{.label = 1}, {.label = 0}};
  EXPECT_TRUE(at::equal(targets_of(single, ProblemType::single_label_classification),
                        at::tensor({1, 0}, at::TensorOptions(at::kLong))));
  TextDataset multi{.label_kind = LabelKind::multi_label, .label_names = {"a", "b", "c"}};
  multi.examples = {{.label_set = {0, 2}}, {}};
  EXPECT_TRUE(at::equal(targets_of(multi, ProblemType::multi_label_classification),
                        at::tensor({1.F, 0.F, 1.F, 0.F, 0.F, 0.F}).view({2, 3})));
  TextDataset numbers{.label_kind = LabelKind::regression};
  numbers.examples = {{.target = 0.25}};
  EXPECT_TRUE(at::equal(targets_of(numbers, ProblemType::regression), at::tensor({0.25F})));
}

TEST(Targets, UnknownLabelsAreNotNumbers) {
  ImageDataset dataset{.label_kind = LabelKind::multi_label, .label_names = {"a", "b", "c"}};
  dataset.examples = {{.label_set = {0}, .label_unknown = {2}}};
  const Targets targets = targets_of(dataset, ProblemType::multi_label_classification);
  EXPECT_EQ(targets[0][0].item<float>(), 1);
  EXPECT_EQ(targets[0][1].item<float>(), 0);
  EXPECT_TRUE(std::isnan(targets[0][2].item<float>()));
}

}  // namespace
}  // namespace attune
