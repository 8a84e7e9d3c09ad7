#include "attune/tasks/classification/folds.h"

#include <gtest/gtest.h>

#include "attune/data/text/text_dataset.h"

namespace attune {
namespace {

TEST(FoldData, IsOfContentAndClasses) {
  TextDataset texts{.label_kind = LabelKind::single_label,
                    .label_names = {"a", "b"},
                    .examples = {{.text = "one", .label = 0}, {.text = "two", .label = 1}},
                    .files = {"a.csv"}};
  const DataParts<TextDataset> all{.train = texts};
  const Json before = fold_data(all);
  texts.files = {"./a.csv"};
  EXPECT_EQ(fold_data(DataParts<TextDataset>{.train = texts}), before);
  DataParts<TextDataset> tested{.train = texts};
  tested.test = texts;
  EXPECT_NE(fold_data(tested), before);
  texts.examples[1].text = "too";
  EXPECT_NE(fold_data(DataParts<TextDataset>{.train = texts}), before);
  texts = all.train;
  texts.label_names[1] = "c";
  EXPECT_NE(fold_data(DataParts<TextDataset>{.train = texts}), before);
}

}  // namespace
}  // namespace attune
