#include "attune/tasks/text_classification/text_data.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(TextTargets, AreIdsIndicatorsOrValues) {
  TextDataset single{.label_kind = LabelKind::single_label, .label_names = {"a", "b"}};
  single.examples = {{.label = 1}, {.label = 0}};
  EXPECT_TRUE(at::equal(text_targets(single, ProblemType::single_label_classification),
                        at::tensor({1, 0}, at::TensorOptions(at::kLong))));
  TextDataset multi{.label_kind = LabelKind::multi_label, .label_names = {"a", "b", "c"}};
  multi.examples = {{.label_set = {0, 2}}, {}};
  EXPECT_TRUE(at::equal(text_targets(multi, ProblemType::multi_label_classification),
                        at::tensor({1.F, 0.F, 1.F, 0.F, 0.F, 0.F}).view({2, 3})));
  TextDataset numbers{.label_kind = LabelKind::regression};
  numbers.examples = {{.target = 0.25}};
  EXPECT_TRUE(at::equal(text_targets(numbers, ProblemType::regression), at::tensor({0.25F})));
}

}  // namespace
}  // namespace attune
