#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "attune/adapt/cache_budget.h"
#include "attune/adapt/plan.h"
#include "attune/config/schema.h"
#include "attune/data/bad_rows.h"
#include "attune/data/sampler.h"
#include "attune/eval/metrics/metric_info.h"
#include "attune/eval/report.h"
#include "attune/models/model.h"
#include "attune/tasks/run/evaluation.h"
#include "attune/tasks/run/saved/fine_tuned_folder.h"
#include "attune/tasks/run/settings.h"
#include "attune/train/loop.h"

namespace attune {

/// Parts of the data that a run evaluates on.
enum class EvaluatedPart { validation, test };

/// Evaluates the model, as it stands, on one part of the data. Groups below `first_trained_group`
/// are frozen: what comes out of them may come from a cache. `activity` names the progress bar. The
/// result is the task's, and stands until the next call.
using Evaluate =
    std::function<const Evaluation&(std::int64_t first_trained_group, const std::string& activity)>;

/// What there is to know of a run once its model and data are loaded.
struct RunFacts {
  std::string task;              ///< its name in the registry
  std::string model_name;        ///< what the run begins with, for people
  std::string data_text;         ///< what was read, for the terminal
  std::string unit = "samples";  ///< what it learns from, several of them: "texts"
  std::vector<BadRow> bad_rows;
  std::vector<MetricInfo> metrics;  ///< all that an evaluation may give
  /// Those that no model can have on the validation data, each with the reason.
  std::vector<std::pair<std::string, std::string>> undefined_metrics;
  SamplerOptions sampling;  ///< of the training data
  /// Whatever the numbers depend on beside the options of training: a resumed run must have the
  /// same.
  Json fingerprint = Json::object();
};

/// What a finished run hands to its report.
struct FinishedRun {
  const RunFacts& facts;
  const config::Schema& schema;
  std::string family;  ///< of the model
  std::vector<PlanRow> plan;
  const TrainResult& result;
  std::string precision;  ///< of matrix products in training
  double eval_seconds = 0;
  const Evaluation* evaluation = nullptr;  ///< the test data's, else the validation data's
  EvaluatedPart part = EvaluatedPart::validation;
  /// FineTuning::old, before and after; null where nobody asked.
  const MetricValues* old_before = nullptr;
  const MetricValues* old_after = nullptr;

  /// What `evaluation` is of, for people.
  const char* part_name() const { return part == EvaluatedPart::test ? "test" : "validation"; }
};

/// A training run as a task hands it over: what trains, how it is evaluated, how it is told.
/// Nothing here knows of labels, texts or pictures.
struct FineTuning {
  RunFacts facts;
  Model& model;
  TrainStep& step;
  FineTunedFolder& folder;            ///< gets the run's settings too
  Evaluate validate = {}, test = {};  ///< empty without such data
  /// On what the model could do before: evaluated before the training and after it, which tells
  /// what it has forgotten. Empty where nobody asks.
  Evaluate old = {};
  /// Sees the final evaluations, that of the validation data first, when the model is saved: a task
  /// may add results to its evaluation, and keep beside the weights what it chooses by them.
  std::function<void(EvaluatedPart part)> judge = {};
  std::function<Report(const FinishedRun& run)> report;
};

/// Throws `user` where the run goes by a metric (`metric_for_best_model`) that is none of
/// `metrics`, or one of `undefined`, as RunFacts has them. `data`: what it would be evaluated on,
/// for people.
void check_best_metric(const TrainingArguments& args, const std::vector<MetricInfo>& metrics,
                       const std::vector<std::pair<std::string, std::string>>& undefined,
                       const std::string& data = "the validation data");

/// From loaded model and data to the saved folder and its report: trains, evaluates, saves. Returns
/// the signal that stopped the run (a checkpoint is saved), or 0. Throws as TrainingLoop does, and
/// `user` where the metric for the best model is not one of the task's, or undefined on the
/// validation data.
int fine_tune(const FineTuning& run, const RunSettings& settings, const config::Schema& schema);

/// The memory that the frozen features of a run may take, for all of its parts together, and where
/// those that it does not hold go.
std::shared_ptr<CacheBudget> cache_budget(const AdaptOptions& adapt);
fs::path cache_folder(const AdaptOptions& adapt);

}  // namespace attune
