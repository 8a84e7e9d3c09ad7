#include "attune/tasks/run/fine_tuning.h"

#include <optional>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "attune/base/disk/folder_lock.h"
#include "attune/base/disk/temporary_file.h"
#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/system.h"
#include "attune/base/text/byte_size.h"
#include "attune/base/text/human.h"
#include "attune/tasks/run/epoch_table.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/train/checkpoint/best_model.h"
#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/precision.h"
#include "attune/train/schedule/timeline.h"

namespace attune {
namespace {

/// The run's stages in order. An observer, so that the loop tells of its epochs.
class Run : private TrainObserver {
 public:
  Run(const FineTuning& parts, const RunSettings& settings, const config::Schema& schema,
      const BatchSampler& sampler, const Timeline& timeline)
      : parts_(parts),
        settings_(settings),
        schema_(schema),
        sampler_(sampler),
        timeline_(timeline),
        plan_(settings.adapt, parts.model.depth_groups(), parts.model, settings.train.learning_rate,
              settings.train.weight_decay),
        precision_(uses_bf16(settings.train) ? "bf16" : "fp32"),
        table_(parts.facts.metrics, parts.facts.unit) {}

  int execute() {
    try {
      train();
      if (result_.signal != 0) return result_.signal;
      finish();
    } catch (const Stopped& stop) {
      tell_how_to_go_on(stop.signal());
      return stop.signal();
    }
    return 0;
  }

 private:
  void on_begin(const fs::path& folder) override {
    // Before the first update, so that the folder of a run that is killed says what it was.
    parts_.folder.save_file(folder, kRunFile);
    if (!parts_.facts.bad_rows.empty()) {
      write_bad_rows(folder / kBadRowsFile, parts_.facts.bad_rows);
    }
  }
  void on_epoch_end(const EpochSummary& summary) override { log_info("{}", table_.add(summary)); }

  void show_plan();
  void train();
  void final_evaluations();
  void tell_how_to_go_on(int signal) const;
  void finish();
  Json metrics_json() const;
  std::string old_text() const;
  const Evaluation& evaluate(const Evaluate& part, std::int64_t first_trained_group,
                             const std::string& activity);

  const FineTuning& parts_;
  const RunSettings& settings_;
  const config::Schema& schema_;
  const BatchSampler& sampler_;
  const Timeline& timeline_;
  AdaptPlan plan_;
  std::string precision_;
  std::int64_t first_reached_ = 0;  ///< the lowest depth group that the run gets to
  TrainResult result_;
  const Evaluation* validation_ = nullptr;
  const Evaluation* test_ = nullptr;
  const Evaluation* old_ = nullptr;
  MetricValues old_before_;  ///< of `old_`, before anything was learnt
  double eval_seconds_ = 0;
  bool is_saved_ = false;
  EpochTable table_;
};

void Run::show_plan() {
  if (plan_.changes()) {
    // Of the last update: a short layer-wise run does not come to the lowest groups.
    first_reached_ =
        plan_.first_trained_group(timeline_.last_epoch(), timeline_.total_updates() - 1);
  }
  if (plan_.head_only_steps() >= timeline_.total_updates()) {
    log_warning("freeze_encoder_steps {}: the run has {} updates, so that the head alone trains",
                plan_.head_only_steps(), timeline_.total_updates());
  }
  log_info("{}matrix products in {}, {} threads\n", plan_.to_text(first_reached_), precision_,
           at::get_num_threads());
}

const Evaluation& Run::evaluate(const Evaluate& part, std::int64_t first_trained_group,
                                const std::string& activity) {
  const Evaluation& found = part(first_trained_group, activity);
  eval_seconds_ += found.runtime;
  return found;
}

void Run::train() {
  const TrainingArguments& args = settings_.train;
  show_plan();
  // A resumed run must share the options and what the task's numbers depend on besides.
  Json depends_on = compared_settings(settings_, schema_);
  depends_on["model_config"] = model_settings(parts_.model);
  depends_on.update(parts_.facts.fingerprint);
  EvaluateFunction validate;
  if (parts_.validate) {
    validate = [this](const StepContext& context) {
      validation_ = &evaluate(parts_.validate, context.first_trained_group, "evaluate");
      return validation_->values;
    };
  }
  TrainingLoop loop({.step = parts_.step,
                     .folder = parts_.folder,
                     .plan = plan_,
                     .sampler = sampler_,
                     .args = args,
                     .evaluate = std::move(validate),
                     .metrics = parts_.facts.metrics,
                     .settings = std::move(depends_on),
                     .observer = this});
  // The model is still the one that the run begins with, also where it resumes.
  if (parts_.old) old_before_ = evaluate(parts_.old, 0, "old data, before").values;
  result_ = loop.run();
  // A metric may be undefined in every evaluation; then the last model is what there is.
  if (args.load_best_model_at_end && result_.signal == 0 && !result_.best_metric) {
    log_warning("no evaluation gave {}, so there is no best model to end with",
                best_metric_name(args));
  }
  if (result_.signal != 0) {
    log_warning("stopped by signal {} after step {}; continue with --resume-from-checkpoint last",
                result_.signal, result_.global_step);
  }
}

/// Evaluates the final model, unless the last evaluation was of the same weights.
void Run::final_evaluations() {
  // An evaluation of a data set may take as long as an epoch: not twice of the same weights.
  const bool evaluated_at_end = validation_ != nullptr && !result_.loaded_best_model &&
                                result_.evaluated_step == result_.global_step;
  if (parts_.validate && !evaluated_at_end) {
    validation_ = &evaluate(parts_.validate, result_.first_trained_group, "evaluate");
  }
  if (parts_.validate && parts_.judge) parts_.judge(EvaluatedPart::validation);
  if (parts_.old) old_ = &evaluate(parts_.old, 0, "old data, after");
  if (!parts_.test) return;
  // As if nothing were frozen: features that are used once need not be kept.
  test_ = &evaluate(parts_.test, 0, "test");
  if (parts_.judge) parts_.judge(EvaluatedPart::test);
}

/// Of a run that was stopped before its first update, or behind its last one.
void Run::tell_how_to_go_on(int signal) const {
  const std::string& folder = settings_.train.output_dir;
  if (!list_checkpoints(folder).empty()) {
    log_warning("stopped by signal {}; continue with --resume-from-checkpoint last", signal);
  } else if (is_saved_) {
    log_warning(
        "stopped by signal {}; the trained model is in {}, without results: attune evaluate "
        "measures it",
        signal, folder);
  } else {
    log_warning("stopped by signal {}; start again with the same command", signal);
  }
}

void Run::finish() {
  const fs::path folder = settings_.train.output_dir;
  {
    const StopShield finish_it;
    parts_.folder.save(folder);  // first: nothing that follows may lose what was learnt
    is_saved_ = true;
  }
  final_evaluations();
  const Evaluation* const last = test_ != nullptr ? test_ : validation_;
  write_file_atomically(folder / kMetricsFile, dump_json(metrics_json()));
  write_report(
      folder / kReportFile,
      parts_.report({.facts = parts_.facts,
                     .schema = schema_,
                     .family = parts_.model.config_json().value("model_type", ""),
                     .plan = plan_.rows(first_reached_),
                     .result = result_,
                     .precision = precision_,
                     .eval_seconds = eval_seconds_,
                     .evaluation = last,
                     .part = test_ != nullptr ? EvaluatedPart::test : EvaluatedPart::validation,
                     .old_before = old_ == nullptr ? nullptr : &old_before_,
                     .old_after = old_ == nullptr ? nullptr : &old_->values}));
  if (last != nullptr) {
    log_info("\n{} results\n{}", last == test_ ? "test" : "validation", evaluation_text(*last));
  }
  if (old_ != nullptr) log_info("{}", old_text());
  log_info("trained {} steps in {} ({:.1f} {}/s, peak memory {})\nsaved to {}\nreport {}",
           result_.global_step, human_duration(result_.train_runtime),
           result_.train_samples_per_second, parts_.facts.unit, human_bytes(result_.peak_rss_bytes),
           folder.string(), (fs::absolute(folder) / kReportFile).string());
}

/// What has become of the metrics that tell most.
std::string Run::old_text() const {
  std::string text = "old data, before and after\n";
  for (const MetricInfo& info : old_->infos) {
    const auto before = old_before_.find(info.name), after = old_->values.find(info.name);
    if (!info.headline || !before || !after) continue;
    text += fmt::format("  {:<20} {:.4f}  {:.4f}\n", info.name, *before, *after);
  }
  return text;
}

Json Run::metrics_json() const {
  Json metrics = {{"epoch", result_.epoch},
                  {"global_step", result_.global_step},
                  {"train_loss", result_.train_loss},
                  {"train_runtime", result_.train_runtime},
                  {"train_samples_per_second", result_.train_samples_per_second},
                  {"train_steps_per_second", result_.train_steps_per_second}};
  if (!result_.length_unit.empty()) {
    metrics["train_" + result_.length_unit + "_per_second"] = result_.train_lengths_per_second;
  }
  if (validation_ != nullptr) metrics.update(evaluation_json(*validation_, "eval_"));
  if (test_ != nullptr) metrics.update(evaluation_json(*test_, "test_"));
  if (old_ != nullptr) {
    metrics.update(metrics_to_json(old_before_, "old_before_"));
    metrics.update(evaluation_json(*old_, "old_"));
  }
  metrics["peak_rss_bytes"] = peak_rss_bytes();
  return metrics;
}

}  // namespace

// A metric that no evaluation gives, or that is undefined on the data whatever the model predicts,
// would only be missed after an epoch.
void check_best_metric(const TrainingArguments& args, const std::vector<MetricInfo>& metrics,
                       const std::vector<std::pair<std::string, std::string>>& undefined,
                       const std::string& data) {
  const std::string name = best_metric(args, metrics).name;
  if (!metric_decides(args)) return;
  for (const auto& [metric, reason] : undefined) {
    check(metric != name, ErrorKind::user,
          "--metric-for-best-model: {} is undefined on {} ({}); choose another metric, or other "
          "validation data",
          name, data, reason);
  }
}

int fine_tune(const FineTuning& run, const RunSettings& settings, const config::Schema& schema) {
  if (!run.facts.bad_rows.empty()) {
    log_warning("{} cannot be used and are left out (first {}); all are listed in {}",
                count_bad_rows(run.facts.bad_rows), run.facts.bad_rows.front().text(),
                kBadRowsFile);
  }
  check_best_metric(settings.train, run.facts.metrics, run.facts.undefined_metrics);
  const BatchSampler sampler(run.step.example_lengths(), run.facts.sampling);
  const Timeline timeline(sampler, settings.train);
  check_best_model_exists(settings.train, timeline.total_updates());
  // Before anything in it is touched.
  const auto lock = FolderLock::take(settings.train.output_dir);
  const std::string yaml = run_yaml(run.facts.task, schema);
  check_same_start(settings.train, yaml);
  clear_run_folder(settings.train);
  log_info("{}", run.facts.data_text);
  run.folder.keep(kRunFile, yaml);
  return Run(run, settings, schema, sampler, timeline).execute();
}

std::shared_ptr<CacheBudget> cache_budget(const AdaptOptions& adapt) {
  return std::make_shared<CacheBudget>(parse_byte_size(adapt.cache_limit));
}

fs::path cache_folder(const AdaptOptions& adapt) {
  return adapt.cache_dir ? fs::path(*adapt.cache_dir) : temporary_folder();
}

}  // namespace attune
