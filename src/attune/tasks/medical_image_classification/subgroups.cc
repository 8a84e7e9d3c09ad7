#include "attune/tasks/medical_image_classification/subgroups.h"

#include <set>

#include "attune/base/error.h"
#include "attune/eval/metrics/labels/group_metrics.h"

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
                                              const JudgingSettings& settings,
                                              std::span<const std::int64_t> clusters) {
  std::vector<GroupResults> results;
  if (pictures.subgroup_columns.empty()) return results;
  const std::vector<LabelDecisions> decisions = label_decisions(data, decision);
  const std::vector<std::int64_t> cluster_of(clusters.begin(), clusters.end());
  for (std::size_t column = 0; column < pictures.subgroup_columns.size(); ++column) {
    const std::vector<std::string> values = values_of_column(pictures, column);
    for (const LabelDecisions& item : decisions) {
      // A column leaves out samples whose label is not known; patients and values must be those of
      // the rest.
      const std::vector<std::int64_t> of_column = values_of(item.column, cluster_of);
      results.push_back(
          {.column = pictures.subgroup_columns[column],
           .class_name = data.labels[static_cast<std::size_t>(item.label)],
           .groups = group_metrics(item.column.samples, values_of(item.column, values),
                                   options_for(item, settings, of_column))});
    }
  }
  return results;
}

}  // namespace attune
