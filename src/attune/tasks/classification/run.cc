#include "attune/tasks/classification/run.h"

#include <algorithm>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"
#include "attune/base/system.h"
#include "attune/tasks/classification/report.h"
#include "attune/tasks/run_folder.h"
#include "attune/train/checkpoint/output_folder.h"
#include "attune/train/precision.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

bool is_same_folder(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

void warn_of_empty_classes(const ClassCounts& classes) {
  std::vector<std::string> empty;
  for (std::size_t c = 0; c < classes.counts.size(); ++c) {
    if (classes.counts[c] == 0) empty.push_back(classes.names[c]);
  }
  if (empty.empty()) return;
  log_warning("no training example is of {}: the model cannot learn what that is",
              join(empty, ", "));
}

/// A metric that no evaluation gives would only be missed after an epoch.
void check_best_metric(const TrainingArguments& args, const ClassificationFacts& facts) {
  if (!args.metric_for_best_model) return;
  std::vector<std::string> names;
  for (const MetricInfo& info : metric_infos(facts.problem, facts.labels)) {
    names.push_back(info.name);
  }
  const std::string name = best_metric_name(args);
  check(std::find(names.begin(), names.end(), name) != names.end(), ErrorKind::user,
        "--metric-for-best-model: there is no metric \"{}\"{}; metrics are: {}", name,
        did_you_mean(name, names), join(names, ", "));
}

}  // namespace

void complete_arguments(TrainingArguments& args, bool has_validation, config::Schema& schema) {
  if (has_validation && !schema.find("eval_strategy")->given) {
    args.eval_strategy = IntervalStrategy::epoch;
  }
  if (args.save_strategy == IntervalStrategy::steps && !schema.find("save_strategy")->given &&
      !schema.find("save_steps")->given) {
    args.save_strategy = IntervalStrategy::epoch;
    if (!args.save_total_limit) args.save_total_limit = 1;
  }
}

void find_setting_problems(const ClassificationSettings& settings, ProblemType problem,
                           bool has_validation, config::Problems& problems) {
  if (settings.train.output_dir.empty()) problems.add("--output-dir is missing");
  if (!has_validation && settings.train.eval_strategy != IntervalStrategy::no) {
    problems.add("--eval-strategy needs validation data, and none is given");
  }
  if (is_same_folder(settings.pretrained.model, settings.train.output_dir)) {
    problems.add(
        fmt::format("--output-dir: {} is the pre-trained model's own folder; the run would "
                    "overwrite it: choose another",
                    settings.train.output_dir));
  }
  for (std::string& text : find_problems(settings.train)) problems.add(std::move(text));
  for (std::string& text : find_problems(settings.adapt)) problems.add(std::move(text));
  const LossOptions& loss = settings.loss;
  for (std::string& text : find_loss_problems(problem, settings.train.label_smoothing_factor,
                                              loss.focal_gamma, !loss.class_weights.empty())) {
    problems.add(std::move(text));
  }
  if (loss.balanced_sampling && problem != ProblemType::single_label_classification) {
    problems.add(
        "--balanced-sampling draws examples by their class: it needs one class for each example");
  }
}

ClassificationRun::ClassificationRun(std::string task, ClassificationSettings& settings,
                                     config::Schema& schema)
    : task_(std::move(task)), settings_(settings), schema_(schema) {}

ClassificationRun::~ClassificationRun() = default;

int ClassificationRun::run() {
  facts_ = load_model_and_data();
  if (!facts_.bad_rows.empty()) {
    log_warning("{} rows cannot be used and are left out (first {}); all are listed in {}",
                facts_.bad_rows.size(), facts_.bad_rows.front().text(), kBadRowsFile);
  }
  warn_of_empty_classes(facts_.train_classes);
  check_best_metric(settings_.train, facts_);
  table_.emplace(metric_infos(facts_.problem, facts_.labels));
  log_info("{}", describe_data());
  plan_training();
  train();
  if (result_.signal != 0) return result_.signal;
  finish();
  return 0;
}

std::int64_t ClassificationRun::cache_bytes() const {
  return parse_byte_size(settings_.adapt.cache_limit);
}

fs::path ClassificationRun::cache_folder() const {
  return settings_.adapt.cache_dir ? fs::path(*settings_.adapt.cache_dir)
                                   : fs::temp_directory_path();
}

void ClassificationRun::plan_training() {
  plan_.emplace(settings_.adapt, model().depth_groups(), model(), settings_.train.learning_rate,
                settings_.train.weight_decay);
  precision_ = uses_bf16(settings_.train) ? "bf16" : "fp32";
  folder_.emplace(model());
  folder_->keep(kRunFile, run_yaml(task_, schema_));
  keep_files(*folder_);
}

void ClassificationRun::show_plan(const Timeline& timeline) {
  if (plan_->changes()) {
    first_reached_ =
        plan_->first_trained_group(timeline.last_epoch(), timeline.total_updates() - 1);
  }
  log_info("{}matrix products in {}, {} threads\n", plan_->to_text(first_reached_), precision_,
           at::get_num_threads());
}

void ClassificationRun::on_begin(const fs::path& folder) {
  folder_->save_file(folder, kRunFile);
  if (!facts_.bad_rows.empty()) write_bad_rows(folder / kBadRowsFile, facts_.bad_rows);
}

void ClassificationRun::on_epoch_end(const EpochSummary& summary) {
  log_info("{}", table_->add(summary));
}

SamplerOptions ClassificationRun::sampling() const {
  SamplerOptions options = sampler_options(settings_.train);
  if (!settings_.loss.balanced_sampling) return options;
  const Targets& ids = step_->targets();
  options.balance_classes.assign(ids.const_data_ptr<std::int64_t>(),
                                 ids.const_data_ptr<std::int64_t>() + ids.numel());
  return options;
}

void ClassificationRun::train() {
  const TrainingArguments& args = settings_.train;
  const LossSettings loss{
      .class_weights = parse_class_weights(settings_.loss.class_weights, facts_.train_classes),
      .label_smoothing = args.label_smoothing_factor,
      .focal_gamma = settings_.loss.focal_gamma};
  step_ = make_step(ClassificationLoss(facts_.problem, loss));
  if (facts_.has_validation) evaluate_validation_ = make_evaluator(EvaluatedPart::validation);
  const BatchSampler sampler(step_->example_lengths(), sampling());
  show_plan(Timeline(sampler, args));
  Json settings = run_settings(args, settings_.adapt);
  settings.update(facts_.fingerprint);
  settings["labels"] = facts_.labels;
  settings["problem_type"] = config::enum_name(facts_.problem);
  settings["class_weights"] = settings_.loss.class_weights;
  settings["focal_gamma"] = settings_.loss.focal_gamma;
  settings["balanced_sampling"] = settings_.loss.balanced_sampling;
  TrainingLoop loop({.step = *step_,
                     .folder = *folder_,
                     .plan = *plan_,
                     .sampler = sampler,
                     .args = args,
                     .evaluate = evaluate_validation_
                                     ? EvaluateFunction([this](const StepContext& context) {
                                         return validate(context.first_trained_group);
                                       })
                                     : EvaluateFunction(),
                     .settings = std::move(settings),
                     .observer = this});
  result_ = loop.run();
  if (args.load_best_model_at_end && result_.signal == 0 && !result_.best_metric) {
    log_warning("no evaluation took place, so there is no best model to end with");
  }
  if (result_.signal != 0) {
    log_warning("stopped by signal {} after step {}; continue with --resume-from-checkpoint last",
                result_.signal, result_.global_step);
  }
}

EvaluationOptions ClassificationRun::evaluation_options(const std::string& activity) const {
  return {.batch_size = settings_.train.per_device_eval_batch_size,
          .max_mistakes = settings_.eval.report_mistakes,
          .keep_logits = true,
          .activity = activity};
}

MetricValues ClassificationRun::validate(std::int64_t first_trained_group) {
  validation_ = evaluate_validation_(first_trained_group, evaluation_options("evaluate"));
  eval_seconds_ += validation_->runtime;
  return validation_->values;
}

/// Evaluates the final model, unless the last evaluation was of the same weights.
void ClassificationRun::final_evaluations() {
  const bool evaluated_at_end =
      !result_.loaded_best_model && result_.evaluated_step == result_.global_step;
  if (evaluate_validation_ && !evaluated_at_end) validate(result_.first_trained_group);
  if (validation_) judge(*validation_, EvaluatedPart::validation);
  if (facts_.has_test) {
    test_ = make_evaluator(EvaluatedPart::test)(0, evaluation_options("test"));
    eval_seconds_ += test_->runtime;
    judge(*test_, EvaluatedPart::test);
  }
}

void ClassificationRun::finish() {
  const fs::path folder = settings_.train.output_dir;
  folder_->save(folder);  // first: nothing that follows may lose what was learnt
  final_evaluations();
  write_file_atomically(folder / kMetricsFile, dump_json(metrics_json()));
  write_report(folder / kReportFile, report());
  if (test_) {
    log_info("\ntest results\n{}", metrics_table(*test_));
  } else if (validation_) {
    log_info("\nvalidation results\n{}", metrics_table(*validation_));
  }
  log_info("trained {} steps in {} ({:.1f} samples/s, peak memory {})\nsaved to {}\nreport {}",
           result_.global_step, human_duration(result_.train_runtime),
           result_.train_samples_per_second, human_bytes(result_.peak_rss_bytes), folder.string(),
           (fs::absolute(folder) / kReportFile).string());
}

Json ClassificationRun::metrics_json() const {
  Json metrics = {{"epoch", result_.epoch},
                  {"global_step", result_.global_step},
                  {"train_loss", result_.train_loss},
                  {"train_runtime", result_.train_runtime},
                  {"train_samples_per_second", result_.train_samples_per_second},
                  {"train_steps_per_second", result_.train_steps_per_second},
                  {"train_tokens_per_second", result_.train_tokens_per_second}};
  if (validation_) metrics.update(evaluation_json(*validation_, "eval_"));
  if (test_) metrics.update(evaluation_json(*test_, "test_"));
  metrics["peak_rss_bytes"] = peak_rss_bytes();
  return metrics;
}

ReportData ClassificationRun::report() {
  const ClassificationEvaluation* evaluation =
      test_ ? &*test_ : (validation_ ? &*validation_ : nullptr);
  ReportData report =
      make_classification_report({.model_name = facts_.model_name,
                                  .family = model().config_json().value("model_type", ""),
                                  .schema = schema_,
                                  .plan = plan_->rows(first_reached_),
                                  .result = result_,
                                  .precision = precision_,
                                  .eval_seconds = eval_seconds_,
                                  .evaluation = evaluation,
                                  .evaluated_name = test_ ? "test" : "validation"});
  complete_report(report, evaluation, test_ ? EvaluatedPart::test : EvaluatedPart::validation);
  return report;
}

}  // namespace attune
