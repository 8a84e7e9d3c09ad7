#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/base/files.h"
#include "attune/data/check/finding.h"
#include "attune/data/fingerprint.h"
#include "attune/data/labels/labels.h"
#include "attune/tasks/classification/doubts/held_out.h"

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

/// How a model may know the examples whose labels it is to doubt.
enum class Seen {
  no,        ///< each by a model that had not seen it
  unknown,   ///< nobody can tell
  training,  ///< it was trained on these files
};

/// Examples of other than the most probable label, the least probable label first
/// (self-confidence; Northcutt et al. 2021, "Confident learning", 3.1, which asks for probabilities
/// of a model that has not learnt from these examples). `probabilities`: float [examples, classes],
/// contiguous; rows of NaN are passed over. At most `limit`.
std::vector<std::int64_t> rank_suspects(const at::Tensor& probabilities,
                                        std::span<const std::int64_t> labels, std::int64_t limit);

/// A finding on the suspects among the examples of a part (its number and name).
void add_suspects(const at::Tensor& probabilities, std::span<const std::int64_t> labels,
                  const std::vector<std::string>& names,
                  const std::pair<std::int32_t, std::string>& part, Seen seen, std::int64_t limit,
                  DataCheck& check);

/// Says why no label was doubted.
Finding no_suspects(const std::string& reason);

/// What the saved model in a folder says of examples: float [examples, classes] on the CPU,
/// contiguous, and the classes by name. None where it has no head that could say something.
struct Belief {
  std::vector<std::string> labels;
  at::Tensor probabilities;
};
template <typename Dataset>
using Believe = std::function<std::optional<Belief>(const fs::path& model, const Dataset& data)>;

/// What models of a cross-validation say of examples: of each the model that has not seen it; of
/// those that no fold held out, which none has seen, the mean of all.
template <typename Dataset>
std::optional<Belief> out_of_sample(const HeldOutPredictions& held_out, const Dataset& data,
                                    const Believe<Dataset>& believe) {
  Belief result{held_out.labels(), held_out.probabilities(contents_of(data).keys)};
  const std::int64_t width = result.probabilities.size(1);
  float* const all = result.probabilities.template mutable_data_ptr<float>();
  std::vector<std::int64_t> unseen;
  for (std::int64_t n = 0; n < data.size(); ++n) {
    if (std::isnan(all[n * width])) unseen.push_back(n);
  }
  if (unseen.empty()) return result;
  const Dataset rest = data.subset(unseen);
  const auto models = static_cast<float>(held_out.models().size());
  for (const std::int64_t n : unseen) std::fill_n(all + n * width, width, 0.0F);
  for (const fs::path& model : held_out.models()) {
    const std::optional<Belief> one = believe(model, rest);
    if (!one || one->labels != result.labels) return {};
    const float* row = one->probabilities.template const_data_ptr<float>();
    for (const std::int64_t n : unseen) {
      for (std::int64_t c = 0; c < width; ++c) all[n * width + c] += *row++ / models;
    }
  }
  return result;
}

/// Adds findings on the labels that a model doubts, part by part (names and data). `model`: its
/// folder, unless there are folds. `seen`: of the training part.
template <typename Dataset>
void find_suspects(const std::vector<std::pair<std::string, const Dataset*>>& parts,
                   const fs::path& model, const std::optional<HeldOutPredictions>& held_out,
                   Seen seen, const Believe<Dataset>& believe, std::int64_t limit,
                   DataCheck& check) {
  std::int32_t number = 0;
  for (const auto& [name, part] : parts) {
    const std::optional<Belief> belief =
        held_out ? out_of_sample(*held_out, *part, believe) : believe(model, *part);
    if (!belief) {
      return check.add(no_suspects("the model has no trained head that could doubt a label"));
    }
    Dataset data = *part;
    if (!take_labels_of(belief->labels, data)) {
      return check.add(no_suspects("the model's labels are not those of the data"));
    }
    const Seen of_part = held_out ? Seen::no : number == 0 ? seen : Seen::unknown;
    add_suspects(belief->probabilities, data.class_ids(), belief->labels, {number, name}, of_part,
                 limit, check);
    ++number;
  }
}

}  // namespace attune
