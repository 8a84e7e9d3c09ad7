#include "attune/eval/metrics/metric_names.h"

#include <gtest/gtest.h>

#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"
#include "attune/eval/metrics/labels/regression_metrics.h"

namespace attune {
namespace {

std::string found(const std::vector<MetricInfo>& metrics, std::string_view name) {
  const MetricInfo* const metric = find_metric(metrics, name);
  return metric == nullptr ? "" : metric->name;
}

TEST(MetricNames, OfClassesAreThoseOfScikitLearn) {
  const auto metrics = ClassificationMetrics({"a", "b", "c"}).infos();
  for (const auto& [name, own] : std::initializer_list<std::pair<const char*, const char*>>{
           {"roc_auc", "auroc"},
           {"eval_roc_auc", "auroc"},
           {"macro_f1", "f1_macro"},
           {"eval_f1-macro", "f1_macro"},
           {"f1_score_weighted", "f1_weighted"},
           {"weighted_f1_score", "f1_weighted"},
           {"micro_precision", "precision_micro"},
           {"matthews_correlation", "mcc"},
           {"matthews_corrcoef", "mcc"},
           {"balanced_accuracy", "recall_macro"},
           {"accuracy_score", "accuracy"},
           {"val_acc", "accuracy"},
           {"roc_auc_ovr_weighted", "auroc_weighted"},
           {"neg_log_loss", "log_loss"},
           {"MCC", "mcc"}}) {
    EXPECT_EQ(found(metrics, name), own) << name;
  }
  for (const char* name : {"rouge", "macro_", "f1_score_", "perplexity", "rmse", ""}) {
    EXPECT_EQ(found(metrics, name), "") << name;
  }
}

TEST(MetricNames, DependOnWhatIsJudged) {
  const auto several = MultilabelMetrics({"a", "b"}).infos();
  // scikit-learn's accuracy_score of rows is the share that is right in all labels.
  EXPECT_EQ(found(several, "accuracy_score"), "subset_accuracy");
  EXPECT_EQ(found(several, "accuracy"), "accuracy");
  EXPECT_EQ(found(several, "hamming"), "hamming_loss");
  EXPECT_EQ(found(several, "average_precision_macro"), "average_precision");
  const auto numbers = RegressionMetrics().infos();
  EXPECT_EQ(found(numbers, "neg_mean_squared_error"), "mse");
  EXPECT_EQ(found(numbers, "spearmanr"), "spearman");
  EXPECT_EQ(found(numbers, "r2_score"), "r2");
  EXPECT_EQ(found(numbers, "f1"), "");
}

}  // namespace
}  // namespace attune
