#include "attune/eval/metrics/metric_values.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace attune {

void MetricValues::add(std::string name, double value, std::string_view reason_if_undefined) {
  if (std::isfinite(value)) {
    values.emplace_back(std::move(name), value);
  } else {
    undefined.emplace_back(std::move(name), reason_if_undefined);
  }
}

std::optional<double> MetricValues::find(std::string_view name) const {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  return std::nullopt;
}

MetricValues all_undefined(const std::vector<MetricInfo>& infos, const std::string& reason) {
  MetricValues metrics;
  for (const MetricInfo& info : infos) metrics.undefined.emplace_back(info.name, reason);
  return metrics;
}

Json metrics_to_json(const MetricValues& metrics, const std::string& prefix) {
  Json json = Json::object();
  for (const auto& [name, value] : metrics.values) json[prefix + name] = value;
  if (!metrics.undefined.empty()) {
    Json& notes = json[prefix + "undefined"] = Json::object();
    for (const auto& [name, reason] : metrics.undefined) notes[name] = reason;
  }
  return json;
}

std::string metric_title(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 30> kTitles{{
      {"accuracy", "Accuracy"},
      {"subset_accuracy", "Subset accuracy"},
      {"f1", "F1"},
      {"precision", "Precision"},
      {"recall", "Recall"},
      {"mcc", "Matthews correlation"},
      {"auroc", "AUROC"},
      {"average_precision", "Average precision"},
      {"log_loss", "Log loss"},
      {"loss", "Loss"},
      {"ece", "ECE (calibration)"},
      {"ece_calibrated", "ECE with the temperature"},
      {"brier", "Brier score"},
      {"hamming_loss", "Hamming loss"},
      {"mse", "MSE"},
      {"rmse", "RMSE"},
      {"mae", "MAE"},
      {"r2", "R\u00b2"},
      {"pearson", "Pearson r"},
      {"spearman", "Spearman rank r"},
      {"sensitivity", "Sensitivity"},
      {"specificity", "Specificity"},
      {"balanced_accuracy", "Balanced accuracy"},
      {"sensitivity_at_specificity", "Sensitivity at the chosen specificity"},
      {"ppv", "PPV"},
      {"npv", "NPV"},
      {"youden", "Youden's J"},
      {"auroc_low", "AUROC, 95 % from"},
      {"auroc_high", "AUROC, 95 % to"},
      {"threshold", "Operating threshold"},
  }};
  for (const std::string_view average : {"_macro", "_micro", "_weighted"}) {
    // An average is told behind the name of what is averaged, whatever that is.
    if (!name.ends_with(average)) continue;
    name.remove_suffix(average.size());
    return metric_title(name) + ", " + std::string(average.substr(1));
  }
  for (const auto& [known, title] : kTitles) {
    if (name == known) return std::string(title);
  }
  std::string title(name);
  std::ranges::replace(title, '_', ' ');
  return title;
}

std::string metric_title(std::span<const MetricInfo> infos, std::string_view name) {
  const auto info = std::ranges::find(infos, name, &MetricInfo::name);
  return info != infos.end() && !info->title.empty() ? info->title : metric_title(name);
}

}  // namespace attune
