#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/adapt/plan.h"
#include "attune/config/schema.h"
#include "attune/data/bad_rows.h"
#include "attune/data/sampler.h"
#include "attune/eval/report.h"
#include "attune/models/model.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/classification/options.h"
#include "attune/tasks/classification/step.h"
#include "attune/tasks/epoch_table.h"
#include "attune/tasks/fine_tuned_folder.h"
#include "attune/train/loop.h"
#include "attune/train/timeline.h"

namespace attune {

/// Parts of the data that a run evaluates on.
enum class EvaluatedPart { validation, test };

/// Evaluates the model as it stands on one part. Groups below `first_trained_group` are frozen:
/// their features may come from a cache.
using EvaluatePart = std::function<ClassificationEvaluation(std::int64_t first_trained_group,
                                                            const EvaluationOptions& options)>;

/// What there is to know of a run once its model and data are loaded.
struct ClassificationFacts {
  std::string model_name;  ///< what the run begins with, for people
  ProblemType problem = ProblemType::single_label_classification;
  std::vector<std::string> labels;
  ClassCounts train_classes;
  bool has_validation = false, has_test = false;
  std::vector<BadRow> bad_rows;
  /// Whatever else the numbers depend on: a resumed run must have the same.
  Json fingerprint = Json::object();
};

/// A training run of a classification task from files to report: the stages in order, with what the
/// tasks share. A task derives from it and gives what is its own.
class ClassificationRun : private TrainObserver {
 public:
  /// The references must outlive the run. `task` is its name in the registry.
  ClassificationRun(std::string task, ClassificationSettings& settings, config::Schema& schema);
  ~ClassificationRun() override;

  /// Returns the signal that stopped the run (a checkpoint is saved), or 0.
  int run();
  /// The last evaluation of the validation data, with logits; null before and without such data.
  const ClassificationEvaluation* validation() const {
    return validation_ ? &*validation_ : nullptr;
  }

 protected:
  virtual ClassificationFacts load_model_and_data() = 0;
  virtual Model& model() = 0;
  /// What was read, for the terminal.
  virtual std::string describe_data() = 0;
  virtual std::unique_ptr<ClassificationStep> make_step(ClassificationLoss loss) = 0;
  /// Adds what is saved beside the weights, config.json and run.yaml.
  virtual void keep_files(FineTunedFolder& folder) = 0;
  /// Called once for a part, and only if there is such data.
  virtual EvaluatePart make_evaluator(EvaluatedPart part) = 0;
  /// Sees the final evaluations, that of the validation data first, when the model is saved: a task
  /// may add results, and keep beside the weights what it chooses by them. Both have logits.
  virtual void judge(ClassificationEvaluation& evaluation, EvaluatedPart part) {
    (void)evaluation, (void)part;
  }
  /// Completes the report: title, data, mistakes, sections of its own. `evaluation` is of `part`
  /// and null without any data to evaluate on.
  virtual void complete_report(ReportData& report, const ClassificationEvaluation* evaluation,
                               EvaluatedPart part) = 0;

  const ClassificationFacts& facts() const { return facts_; }
  std::int64_t cache_bytes() const;
  fs::path cache_folder() const;

 private:
  void on_begin(const fs::path& folder) override;
  void on_epoch_end(const EpochSummary& summary) override;
  void plan_training();
  void train();
  SamplerOptions sampling() const;
  void show_plan(const Timeline& timeline);
  MetricValues validate(std::int64_t first_trained_group);
  void final_evaluations();
  EvaluationOptions evaluation_options(const std::string& activity) const;
  void finish();
  Json metrics_json() const;
  ReportData report();

  std::string task_;
  ClassificationSettings& settings_;
  config::Schema& schema_;
  ClassificationFacts facts_;
  std::optional<AdaptPlan> plan_;
  std::int64_t first_reached_ = 0;  ///< the lowest depth group that the run gets to
  std::optional<FineTunedFolder> folder_;
  std::string precision_;
  std::unique_ptr<ClassificationStep> step_;
  EvaluatePart evaluate_validation_;
  std::optional<ClassificationEvaluation> validation_, test_;
  double eval_seconds_ = 0;
  std::optional<EpochTable> table_;
  TrainResult result_;
};

/// Wishes that follow from what else was asked for: evaluation each epoch where there is validation
/// data, one checkpoint an epoch.
void complete_arguments(TrainingArguments& args, bool has_validation, config::Schema& schema);

/// Adds the problems that every classification task's `train` may have with its settings; call it
/// before `check_output_folder`. `has_validation`: there is something to evaluate on during
/// training.
void find_setting_problems(const ClassificationSettings& settings, ProblemType problem,
                           bool has_validation, config::Problems& problems);

}  // namespace attune
