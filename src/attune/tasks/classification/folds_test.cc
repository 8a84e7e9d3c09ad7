#include "attune/tasks/classification/folds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/data/text/text_dataset.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(CheckFoldMetrics, NamesTheFoldWhoseMetricIsUndefined) {
  const std::vector<Split> folds = {{.train = {2, 3}, .validation = {0, 1}},
                                    {.train = {0, 1}, .validation = {2, 3}}};
  const std::vector<std::string> labels = {"a", "b"};
  const Targets mixed = at::tensor({0, 1, 1, 0}, at::kLong);
  const Targets one_sided = at::tensor({0, 1, 1, 1}, at::kLong);
  TrainingArguments args{.load_best_model_at_end = true, .metric_for_best_model = "auroc"};
  check_fold_metrics(args, folds, labels, mixed);
  EXPECT_THAT(
      error_of(ErrorKind::user, [&] { check_fold_metrics(args, folds, labels, one_sided); }),
      AllOf(HasSubstr("auroc"), HasSubstr("fold 2"), HasSubstr("class \"b\"")));
  args.metric_for_best_model = "accuracy";
  check_fold_metrics(args, folds, labels, one_sided);
}

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
