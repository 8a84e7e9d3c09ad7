#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/config/schema.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/classification/loss.h"
#include "attune/tasks/classification/options.h"
#include "attune/tasks/run/fine_tuning.h"

namespace attune {

/// What a classification task knows once its model and data are loaded.
struct LabelFacts {
  ProblemType problem = ProblemType::single_label_classification;
  std::vector<std::string> labels;  ///< the model's, in the order of its logits
  ClassCounts train_classes;
};

/// Adds the problems that every classification task's `train` may have with its settings; see
/// `find_run_problems`.
void find_classification_problems(const ClassificationSettings& settings, ProblemType problem,
                                  bool has_validation, config::Problems& problems);

/// What of a run's facts follows from the labels: metrics, sampling and the fingerprint's part.
/// `targets`: of the training data; `validation`: what
/// is evaluated during training, or null.
RunFacts label_run_facts(const ClassificationSettings& settings, const LabelFacts& facts,
                         const Targets& targets, const EvaluationInput* validation);

/// The loss that the settings ask for. Throws `user` for class weights that do not fit the labels.
ClassificationLoss training_loss(const ClassificationSettings& settings, const LabelFacts& facts);

/// A labelled part of the data that is evaluated whenever the run asks, and its last evaluation,
/// with logits.
class PartEvaluation {
 public:
  /// `model` and what `input` refers to must outlive the object.
  PartEvaluation(nn::Module& model, EvaluationInput input, const ClassificationSettings& settings);

  const ClassificationEvaluation& evaluate(std::int64_t first_trained_group,
                                           const std::string& activity);
  /// To be completed by whoever judges it. Requires that `evaluate` was called.
  ClassificationEvaluation& last() { return *last_; }
  const ClassificationEvaluation& last() const { return *last_; }
  const EvaluationInput& input() const { return input_; }

 private:
  nn::Module* model_;  // a pointer, so that objects can be moved
  EvaluationInput input_;
  EvaluationOptions options_;
  std::optional<ClassificationEvaluation> last_;
};

/// `part` as the run asks for it; empty where there is none.
Evaluate evaluate_function(std::optional<PartEvaluation>& part);

}  // namespace attune
