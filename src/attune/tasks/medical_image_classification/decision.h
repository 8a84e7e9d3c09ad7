#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/eval/metrics/calibration/temperature.h"
#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/metrics/decisions/scored_column.h"
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

/// The id of the class that `positive_label` names; "" for the second of two. Throws `user` where
/// there is none of that name, or there are not two classes.
std::int64_t positive_label_id(const std::string& positive_label,
                               const std::vector<std::string>& labels);

/// Without validation data: probabilities as they are, thresholds of one half.
Decision plain_decision(ProblemType problem, const std::vector<std::string>& labels);

/// Fits temperature and thresholds. A temperature without a finite best value is left at 1, with a
/// warning; a threshold is left at one half where `one_sided_labels` says so.
Decision choose_decision(const ScoredData& validation, const DecisionSettings& options);

/// The labels whose threshold no rule can choose, as no sample is known to have them, or all are.
/// Needs no logits.
std::vector<std::int64_t> one_sided_labels(const ScoredData& validation,
                                           const DecisionSettings& options);

/// Softmax or sigmoid of logits / temperature, float [samples, labels].
at::Tensor calibrated_probabilities(const at::Tensor& logits, ProblemType problem,
                                    double temperature);

/// Probability and truth of one class for every sample whose label is known.
ScoredColumn class_column(const ScoredData& data, const at::Tensor& probabilities,
                          std::int64_t label);

/// The decisions for one label, to be judged.
struct LabelDecisions {
  std::int64_t label = 0;
  ScoredColumn column;  ///< the samples that are known to have it or not
  std::optional<OperatingPoint>
      point;  ///< none: the most probable class is called, as `called` says
  std::vector<std::uint8_t> called;
};
/// One entry for each point, or for each class where there is none.
std::vector<LabelDecisions> label_decisions(const ScoredData& data, const Decision& decision);

/// `decisions` refers to its argument, and to `clusters`.
DecisionOptions options_for(const LabelDecisions& decisions, const JudgingSettings& settings,
                            std::span<const std::int64_t> clusters);

/// What the decisions are worth on `data`. `clusters`: one a sample (its patient), or empty.
std::vector<DecisionResults> judge_decision(const ScoredData& data, const Decision& decision,
                                            const JudgingSettings& settings,
                                            std::span<const std::int64_t> clusters);

/// The logits with their labels, for calibration.
LabelledLogits labelled_logits(const ScoredData& data);

Json decision_to_json(const Decision& decision, const std::vector<std::string>& labels);
/// Reads `folder`/decision.json; throws `data` where it is damaged, or its thresholds are not those
/// of a model of this problem and these labels.
Decision load_decision(const fs::path& folder, ProblemType problem,
                       const std::vector<std::string>& labels);

}  // namespace attune
