#include "attune/eval/metrics/metric_names.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/strings.h"

namespace attune {
namespace {

// Other names and attune's; of several for one name the first that the evaluation gives.
// https://scikit-learn.org/stable/modules/model_evaluation.html#string-name-scorers
constexpr auto kNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"acc", "accuracy"},
    {"accuracy_score", "subset_accuracy"},
    {"accuracy_score", "accuracy"},
    {"exact_match", "subset_accuracy"},
    {"balanced_accuracy", "recall_macro"},
    {"balanced_accuracy_score", "recall_macro"},
    {"f1_score", "f1"},
    {"precision_score", "precision"},
    {"recall_score", "recall"},
    {"matthews_correlation", "mcc"},
    {"matthews_corrcoef", "mcc"},
    {"roc_auc", "auroc"},
    {"roc_auc_score", "auroc"},
    {"auc", "auroc"},
    {"auroc_macro", "auroc"},
    {"roc_auc_macro", "auroc"},
    {"roc_auc_ovr", "auroc"},
    {"roc_auc_weighted", "auroc_weighted"},
    {"roc_auc_ovr_weighted", "auroc_weighted"},
    {"average_precision_score", "average_precision"},
    {"average_precision_macro", "average_precision"},
    {"pr_auc", "average_precision"},
    {"auprc", "average_precision"},
    {"cross_entropy", "log_loss"},
    {"neg_log_loss", "log_loss"},
    {"brier_score", "brier"},
    {"brier_score_loss", "brier"},
    {"neg_brier_score", "brier"},
    {"expected_calibration_error", "ece"},
    {"hamming", "hamming_loss"},
    {"mean_squared_error", "mse"},
    {"neg_mean_squared_error", "mse"},
    {"root_mean_squared_error", "rmse"},
    {"neg_root_mean_squared_error", "rmse"},
    {"mean_absolute_error", "mae"},
    {"neg_mean_absolute_error", "mae"},
    {"r2_score", "r2"},
    {"pearsonr", "pearson"},
    {"pearson_r", "pearson"},
    {"pearson_correlation", "pearson"},
    {"spearmanr", "spearman"},
    {"spearman_rho", "spearman"},
    {"spearman_correlation", "spearman"},
});

const MetricInfo* with_name(const std::vector<MetricInfo>& metrics, std::string_view name) {
  const auto found = std::ranges::find(metrics, name, &MetricInfo::name);
  return found == metrics.end() ? nullptr : &*found;
}

const MetricInfo* by_other_name(const std::vector<MetricInfo>& metrics, std::string_view name) {
  for (const auto& [other, own] : kNames) {
    if (other != name) continue;
    if (const MetricInfo* const metric = with_name(metrics, own)) return metric;
  }
  return nullptr;
}

}  // namespace

const MetricInfo* find_metric(const std::vector<MetricInfo>& metrics, std::string_view name) {
  // As it stands first: the name of a class may be part of it.
  if (const MetricInfo* const metric = with_name(metrics, name)) return metric;
  std::string plain = to_lower_ascii(name);
  std::replace(plain.begin(), plain.end(), '-', '_');
  for (const std::string_view prefix : {"eval_", "val_", "validation_", "test_"}) {
    if (plain.starts_with(prefix)) plain = plain.substr(prefix.size());
  }
  // macro_f1 is f1_macro, and so are f1_score_macro and macro_f1_score.
  for (const std::string_view average : {"macro", "micro", "weighted"}) {
    const std::string before = fmt::format("{}_", average);
    if (plain.starts_with(before)) {
      plain = fmt::format("{}_{}", plain.substr(before.size()), average);
    }
  }
  if (const auto score = plain.find("_score_"); score != std::string::npos) {
    plain.erase(score, std::string_view("_score").size());
  }
  if (const MetricInfo* const metric = with_name(metrics, plain)) return metric;
  return by_other_name(metrics, plain);
}

}  // namespace attune
