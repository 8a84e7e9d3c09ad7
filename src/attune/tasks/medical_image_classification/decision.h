#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/eval/metrics/decision_results.h"
#include "attune/eval/metrics/scored_column.h"
#include "attune/eval/metrics/temperature.h"
#include "attune/tasks/classification/loss.h"
#include "attune/tasks/medical_image_classification/options.h"

namespace attune {

/// Outputs of a classifier on a data set, and the truth.
struct ScoredData {
  ProblemType problem = ProblemType::single_label_classification;
  std::vector<std::string> labels;
  Targets targets;
  at::Tensor logits;  ///< float [samples, labels]
};

/// How the outputs of a classifier become decisions: chosen on validation data and stored with the
/// model as decision.json.
struct Decision {
  struct ClassPoint {
    std::int64_t label = 0;
    OperatingPoint point;
  };

  double temperature = 1;
  std::string fitted_on;  ///< "validation, 524 samples"
  /// Of two classes the positive one's; each label's own where a sample may have several; none
  /// where the most probable of more than two classes is taken.
  std::vector<ClassPoint> points;
};

inline constexpr const char* kDecisionFile = "decision.json";

/// 1, 0, or nothing where it is not known.
std::optional<bool> known_truth(const ScoredData& data, std::int64_t sample, std::int64_t label);

/// A row of float [N, labels], contiguous.
std::span<const float> row_of(const at::Tensor& scores, std::int64_t sample);

/// The id of the class that `positive_label` names; "" for the second of two. Throws `user` where
/// there is none of that name, or there are not two classes.
std::int64_t positive_label_id(const std::string& positive_label,
                               const std::vector<std::string>& labels);

/// Fits temperature and thresholds. A temperature without a finite best value is left at 1, with a
/// warning. Throws `data` where a class is missing in the data.
Decision choose_decision(const ScoredData& validation, const DecisionSettings& options);

/// Softmax or sigmoid of logits / temperature, float [samples, labels].
at::Tensor calibrated_probabilities(const at::Tensor& logits, ProblemType problem,
                                    double temperature);

/// Probability and truth of one class for every sample whose label is known.
ScoredColumn class_column(const ScoredData& data, const at::Tensor& probabilities,
                          std::int64_t label);

/// What the decisions are worth on `data`: one entry for each point, or for each class where there
/// is no point. `clusters`: one a sample (its patient), or empty.
std::vector<DecisionResults> judge_decision(const ScoredData& data, const Decision& decision,
                                            const DecisionSettings& options,
                                            std::span<const std::int64_t> clusters);

/// The logits with their labels, for calibration.
LabelledLogits labelled_logits(const ScoredData& data);

Json decision_to_json(const Decision& decision, const std::vector<std::string>& labels);
/// Reads `folder`/decision.json; throws `data` where it is damaged or names other labels.
Decision load_decision(const fs::path& folder, const std::vector<std::string>& labels);

}  // namespace attune
