#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/base/json.h"
#include "attune/config/field.h"
#include "attune/data/source_traits.h"
#include "attune/models/head_options.h"
#include "attune/tasks/run/predict/answer_sink.h"

namespace attune {

/// Of several labels each is found where its probability reaches this.
struct ThresholdOption {
  std::optional<double> threshold;

  double value() const { return threshold.value_or(0.5); }
  template <typename V>
  void visit(V& v) {
    v("threshold", threshold,
      "Where an example may have several labels: one is found where its probability is at least "
      "this "
      "(default: what is stored with the model, else 0.5)",
      config::in_range(0, 1))
        .only_for({kSeveralLabels});
  }
};

/// How predictions are written.
struct PredictionOptions {
  ThresholdOption threshold;
  std::optional<std::int64_t> top_k;

  template <typename V>
  void visit(V& v) {
    threshold.visit(v);
    v("top_k", top_k, "Scores of so many labels, the best first (default: of all, by their ids)",
      config::at_least(1));
  }
};

/// Throws `user` for a threshold where an example has one label, and for `top_k` without labels.
void check_prediction_options(const PredictionOptions& options, ProblemType problem);

/// Of one label: `label` is the best one, `score` its probability; of several: `labels` are those
/// found; `scores` are by label. Just a `score` for a regression.
Json describe_prediction(std::span<const float> scores, ProblemType problem,
                         const std::vector<std::string>& labels,
                         const PredictionOptions& options = {});

/// What stands between several labels in a cell: `wanted`, unless a label has it in its name, which
/// nobody could part again; then another that none has (kLabelSeparators), which is told; "" where
/// every one is taken: then cells are JSON arrays. `wanted`: as --label-separator has it; `file`:
/// what is written, which may be no table.
std::string separator_of_cells(ProblemType problem, const std::vector<std::string>& labels,
                               const std::string& wanted, const std::string& file);

/// The columns of such predictions in a table: label and score, or labels; then score_NAME for each
/// label, or label_1, score_1 ... with `top_k`.
std::vector<AnswerColumn> prediction_columns(ProblemType problem,
                                             const std::vector<std::string>& labels,
                                             const PredictionOptions& options);

/// What is wrong with the logits of one input: "" where all are finite. Probabilities of others
/// name a label with a confidence that nothing stands for.
std::string output_problem(std::span<const float> logits);

/// Row `n` of a contiguous float tensor [rows, width] in the CPU's memory.
std::span<const float> row_of(const at::Tensor& rows, std::size_t n);

}  // namespace attune
