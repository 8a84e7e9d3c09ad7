#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "attune/data/check/finding.h"
#include "attune/data/labels/labels.h"
#include "attune/tasks/classification/evaluation.h"

namespace attune {

/// Gives the examples of a single-label data set the ids that `labels` (a model's) have. False,
/// with nothing changed, where a label of the data is not among them.
template <typename Dataset>
bool take_labels_of(const std::vector<std::string>& labels, Dataset& data) {
  if (data.label_kind != LabelKind::single_label) return false;
  std::vector<std::int64_t> ids;
  for (const std::string& name : data.label_names) {
    const auto found = std::ranges::find(labels, name);
    if (found == labels.end()) return false;
    ids.push_back(found - labels.begin());
  }
  for (auto& example : data.examples) example.label = ids[static_cast<std::size_t>(example.label)];
  data.label_names = labels;
  return true;
}

/// The examples of a part whose label the model gives the least belief, as `evaluation` lists its
/// mistakes: by the probability of another label (Northcutt et al. 2021, "Confident learning",
/// which asks for probabilities of a model that has not learnt from these examples). `part`: its
/// number and name.
void add_suspects(const ClassificationEvaluation& evaluation,
                  const std::vector<std::string>& labels,
                  const std::pair<std::int32_t, std::string>& part, DataCheck& check);

/// Says why no label was doubted.
Finding no_suspects(const std::string& reason);

}  // namespace attune
