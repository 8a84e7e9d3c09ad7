#include "attune/tasks/medical_image_classification/subgroups.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "attune/base/error.h"
#include "attune/eval/metrics/group_metrics.h"

namespace attune {
namespace {

constexpr std::size_t kMostSubgroups = 20;

std::vector<std::string> values_of_column(const ImageDataset& pictures, std::size_t column) {
  std::vector<std::string> values;
  for (const ImageExample& example : pictures.examples) {
    values.push_back(example.subgroups[column]);
  }
  return values;
}

std::vector<std::pair<std::string, Estimate>> estimates_of(const GroupMetrics& group) {
  return {{"auroc", group.auroc},
          {"accuracy", group.accuracy},
          {"sensitivity", group.sensitivity},
          {"specificity", group.specificity}};
}

}  // namespace

void check_subgroups(const ImageDataset& pictures) {
  for (std::size_t column = 0; column < pictures.subgroup_columns.size(); ++column) {
    const std::vector<std::string> values = values_of_column(pictures, column);
    const std::set<std::string> distinct(values.begin(), values.end());
    check(distinct.size() <= kMostSubgroups, ErrorKind::user,
          "--subgroup-column {}: it has {} different values, expected at most {}; put what is much "
          "the same under one name (age bands, not ages)",
          pictures.subgroup_columns[column], distinct.size(), kMostSubgroups);
  }
}

std::vector<GroupResults> results_by_subgroup(const ScoredData& data, const ImageDataset& pictures,
                                              const Decision& decision,
                                              const DecisionSettings& options) {
  const at::Tensor probabilities =
      calibrated_probabilities(data.logits, data.problem, decision.temperature);
  std::vector<GroupResults> results;
  for (std::size_t column = 0; column < pictures.subgroup_columns.size(); ++column) {
    const std::vector<std::string> values = values_of_column(pictures, column);
    for (const Decision::ClassPoint& item : decision.points) {
      const ScoredColumn scores = class_column(data, probabilities, item.label);
      results.push_back(
          {.column = pictures.subgroup_columns[column],
           .class_name = data.labels[static_cast<std::size_t>(item.label)],
           .groups = group_metrics(scores.samples, values_of(scores, values),
                                   {.threshold = item.point.threshold,
                                    .resamples = options.bootstrap_resamples,
                                    .seed = static_cast<std::uint64_t>(options.bootstrap_seed)})});
    }
  }
  return results;
}

std::string subgroups_text(const std::vector<GroupResults>& results) {
  std::string text;
  for (const GroupResults& entry : results) {
    std::size_t width = entry.column.size();
    for (const GroupMetrics& group : entry.groups) width = std::max(width, group.group.size());
    text += fmt::format("{} by {}\n  {:<{}}  samples  positive", entry.class_name, entry.column, "",
                        width);
    for (const auto& [name, estimate] : estimates_of({})) text += fmt::format("  {:>22}", name);
    text += "\n";
    for (const GroupMetrics& group : entry.groups) {
      text += fmt::format("  {:<{}}  {:>7}  {:>8}", group.group, width, group.counts.total(),
                          group.counts.positives());
      for (const auto& [name, estimate] : estimates_of(group)) {
        text += std::isnan(estimate.value) ? fmt::format("  {:>22}", "undefined")
                                           : fmt::format("  {:.4f} ({:.4f}-{:.4f})", estimate.value,
                                                         estimate.low, estimate.high);
      }
      text += "\n";
    }
  }
  return text;
}

Json subgroups_to_json(const std::vector<GroupResults>& results) {
  Json json = Json::object();
  for (const GroupResults& entry : results) {
    Json& groups = json[entry.column][entry.class_name];
    for (const GroupMetrics& group : entry.groups) {
      Json& one = groups[group.group];
      one["samples"] = group.counts.total();
      one["positive"] = group.counts.positives();
      for (const auto& [name, estimate] : estimates_of(group)) {
        if (std::isnan(estimate.value)) continue;
        one[name] = estimate.value;
        one[name + "_low"] = estimate.low;
        one[name + "_high"] = estimate.high;
      }
    }
  }
  return json;
}

}  // namespace attune
