#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/hash.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"
#include "attune/base/system.h"
#include "attune/data/sampler.h"
#include "attune/data/split.h"
#include "attune/data/statistics.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/epoch_table.h"
#include "attune/tasks/run_folder.h"
#include "attune/tasks/text_classification/evaluation.h"
#include "attune/tasks/text_classification/report.h"
#include "attune/tasks/text_classification/step.h"
#include "attune/tasks/text_classification/task.h"
#include "attune/tasks/text_classification/text_data.h"
#include "attune/train/loop.h"
#include "attune/train/output_folder.h"
#include "attune/train/precision.h"
#include "attune/train/settings.h"
#include "attune/train/timeline.h"

namespace attune {
namespace {

struct Datasets {
  TextDataset train;
  std::optional<TextDataset> validation, test;
};

Split hold_out(const TextDataset& data, double share, std::uint64_t seed, const std::string& name) {
  try {
    return data.label_kind == LabelKind::single_label
               ? stratified_split(data.class_ids(), share, seed)
               : random_split(data.size(), share, seed);
  } catch (const Error& error) {
    fail(error.kind(), "--validation-split {} of {}: {}", share, name, error.what());
  }
}

/// Reads the files; what the validation and test set may hold follows from the training set.
Datasets load_datasets(const TextTrainSettings& settings, ProblemType problem) {
  TextDatasetOptions options = dataset_options(settings.columns, problem);
  options.on_bad_row = settings.data.on_bad_row;
  options.label_names = settings.data.labels;
  Datasets data{.train = load_text_dataset(settings.data.train_file, options)};
  check_trainable(data.train, settings.data.train_file);
  options.label_names = data.train.label_names;
  if (!settings.data.validation_file.empty()) {
    data.validation = load_text_dataset(settings.data.validation_file, options);
  } else if (settings.data.validation_split) {
    const double share = *settings.data.validation_split;
    const auto seed = static_cast<std::uint64_t>(settings.train.seed);
    const Split split = hold_out(data.train, share, seed, settings.data.train_file);
    data.validation = data.train.subset(split.validation);
    std::vector<BadRow> bad_rows = std::move(data.train.bad_rows);
    data.train = data.train.subset(split.train);
    data.train.bad_rows = std::move(bad_rows);
  }
  if (!settings.data.test_file.empty()) {
    data.test = load_text_dataset(settings.data.test_file, options);
  }
  return data;
}

/// Of everything a run learns from: a resumed run must read the same.
std::string fingerprint(const TextDataset& dataset) {
  Hasher hasher(HashAlgorithm::sha256);
  for (const TextExample& example : dataset.examples) {
    hasher.update(example.text);
    hasher.update(fmt::format("\t{}\t{}\t{}\t{}\n", example.text_pair.value_or(""), example.label,
                              fmt::join(example.label_set, ","), example.target));
  }
  return hasher.hex_digest();
}

void report_bad_rows(const Datasets& data, std::vector<BadRow>& all) {
  for (const auto* part : {&data.train, data.validation ? &*data.validation : nullptr,
                           data.test ? &*data.test : nullptr}) {
    if (part != nullptr) all.insert(all.end(), part->bad_rows.begin(), part->bad_rows.end());
  }
  if (all.empty()) return;
  log_warning("{} rows cannot be used and are left out (first {}); all are listed in {}",
              all.size(), all.front().text(), kBadRowsFile);
}

HeadOptions head_options(const TextTrainSettings& settings, const TextDataset& train,
                         ProblemType problem) {
  HeadOptions head{.problem_type = problem,
                   .pooling = settings.classifier.pooling,
                   .classifier_dropout = settings.classifier.classifier_dropout,
                   .seed = static_cast<std::uint64_t>(settings.train.seed)};
  head.labels =
      problem == ProblemType::regression ? std::vector<std::string>{"score"} : train.label_names;
  head.num_labels = static_cast<std::int64_t>(head.labels.size());
  return head;
}

bool has_validation(const TextTrainSettings& settings) {
  return !settings.data.validation_file.empty() || settings.data.validation_split.has_value();
}

/// Wishes that follow from what else was asked for.
void complete_arguments(TextTrainSettings& settings, config::Schema& schema) {
  TrainingArguments& args = settings.train;
  if (has_validation(settings) && !schema.find("eval_strategy")->given) {
    args.eval_strategy = IntervalStrategy::epoch;
  }
  if (args.save_strategy == IntervalStrategy::steps && !schema.find("save_strategy")->given &&
      !schema.find("save_steps")->given) {
    args.save_strategy = IntervalStrategy::epoch;
    if (!args.save_total_limit) args.save_total_limit = 1;
  }
}

bool is_same_folder(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

void check_settings(const TextTrainSettings& settings, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  if (settings.pretrained.model.empty()) problems.add("--model is missing");
  if (settings.data.train_file.empty()) problems.add("--train-file is missing");
  if (settings.train.output_dir.empty()) problems.add("--output-dir is missing");
  if (!settings.data.validation_file.empty() && settings.data.validation_split) {
    problems.add("give either --validation-file or --validation-split");
  }
  if (!has_validation(settings) && settings.train.eval_strategy != IntervalStrategy::no) {
    problems.add("--eval-strategy needs --validation-file or --validation-split");
  }
  if (is_same_folder(settings.pretrained.model, settings.train.output_dir)) {
    problems.add(
        fmt::format("--output-dir: {} is the pre-trained model's own folder; the run would "
                    "overwrite it: choose another",
                    settings.train.output_dir));
  }
  for (std::string& text : find_problems(settings.train)) problems.add(std::move(text));
  for (std::string& text : find_problems(settings.adapt)) problems.add(std::move(text));
  problems.throw_if_any();
  check_output_folder(settings.train);
}

/// A metric that no evaluation gives would only be missed after an epoch.
void check_best_metric(const TrainingArguments& args, ProblemType problem,
                       const std::vector<std::string>& labels) {
  if (!args.metric_for_best_model) return;
  const std::vector<std::string> names = metric_names(problem, labels);
  const std::string name = best_metric_name(args);
  check(std::find(names.begin(), names.end(), name) != names.end(), ErrorKind::user,
        "--metric-for-best-model: there is no metric \"{}\"{}; metrics are: {}", name,
        did_you_mean(name, names), join(names, ", "));
}

/// A training run from files to report; one function a stage, in order.
class TextTrainRun : private TrainObserver {
 public:
  TextTrainRun(TextTrainSettings& settings, config::Schema& schema)
      : settings_(settings), schema_(schema) {}

  int run() {
    load_model_and_data();
    show_data();
    plan_training();
    train();
    if (result_.signal != 0) return result_.signal;
    finish();
    return 0;
  }

 private:
  void load_model_and_data() {
    const fs::path folder =
        resolve_model(settings_.pretrained.model, settings_.pretrained.revision);
    tokenizer_.emplace(Tokenizer::from_pretrained(folder));
    problem_ = settings_.classifier.problem_type.value_or(ProblemType::single_label_classification);
    Datasets data = load_datasets(settings_, problem_);
    report_bad_rows(data, bad_rows_);
    LoadedClassifier loaded =
        make_sequence_classifier(folder, head_options(settings_, data.train, problem_));
    model_ = std::move(loaded.model);
    info_ = model_->info();
    check_tokenizer_fits(*tokenizer_, info_, !settings_.columns.text_pair_column.empty(),
                         folder.string());
    check_best_metric(settings_.train, problem_, info_.labels);
    max_length_ = effective_max_length(settings_.columns, *tokenizer_, info_.max_length);
    train_ = tokenize(std::move(data.train));
    if (data.validation) validation_ = tokenize(std::move(*data.validation));
    if (data.test) test_ = tokenize(std::move(*data.test));
  }

  TextData tokenize(TextDataset dataset) {
    return tokenize_dataset(std::move(dataset), *tokenizer_, max_length_, settings_.train.threads);
  }

  void show_data() {
    splits_ = {{"train", &train_}};
    if (validation_) splits_.emplace_back("validation", &*validation_);
    if (test_) splits_.emplace_back("test", &*test_);
    std::vector<SplitView> views;
    for (const auto& [name, data] : splits_) {
      views.push_back({name, &data->dataset, data->full_lengths});
    }
    statistics_ = compute_statistics(views, max_length_);
    log_info("{}", statistics_.to_text());
  }

  void plan_training() {
    plan_.emplace(settings_.adapt, model_->depth_groups(), *model_, settings_.train.learning_rate,
                  settings_.train.weight_decay);
    precision_ = uses_bf16(settings_.train) ? "bf16" : "fp32";
    log_info("{}matrix products in {}, {} threads\n", plan_->to_text(), precision_,
             at::get_num_threads());
    run_yaml_ = run_yaml("text-classification", schema_);
  }

  void on_begin(const fs::path& folder) override {
    write_file_atomically(folder / kRunFile, run_yaml_);
    if (!bad_rows_.empty()) write_bad_rows(folder / kBadRowsFile, bad_rows_);
  }

  void on_epoch_end(const EpochSummary& summary) override { log_info("{}", table_.add(summary)); }

  std::unique_ptr<TextEvaluator> make_evaluator(const TextData& data) {
    return std::make_unique<TextEvaluator>(
        *model_, data, problem_, info_.labels,
        TextEvaluatorOptions{.batch_size = settings_.train.per_device_eval_batch_size,
                             .max_mistakes = settings_.eval.report_mistakes,
                             .cache_bytes = parse_byte_size(settings_.adapt.cache_limit),
                             .cache_folder = cache_folder()});
  }

  fs::path cache_folder() const {
    return settings_.adapt.cache_dir ? fs::path(*settings_.adapt.cache_dir)
                                     : fs::temp_directory_path();
  }

  void train() {
    const TrainingArguments& args = settings_.train;
    step_ = std::make_unique<TextClassificationStep>(
        *model_, *tokenizer_, train_,
        ClassificationLoss(
            problem_, static_cast<std::int64_t>(info_.labels.size()),
            parse_class_weights(settings_.class_weights.class_weights, train_.dataset),
            args.label_smoothing_factor),
        parse_byte_size(settings_.adapt.cache_limit), cache_folder(), run_yaml_);
    if (validation_) evaluator_ = make_evaluator(*validation_);
    const BatchSampler sampler(train_.tokens.lengths(), sampler_options(args));
    Json settings = run_settings(args, settings_.adapt);
    settings["train_data"] = fingerprint(train_.dataset);
    settings["labels"] = info_.labels;
    settings["max_length"] = max_length_;
    settings["problem_type"] = config::enum_name(problem_);
    settings["pooling"] = config::enum_name(info_.pooling);
    settings["classifier_dropout"] = schema_.find("classifier_dropout")->get();
    settings["class_weights"] = settings_.class_weights.class_weights;
    TrainingLoop loop({.step = *step_,
                       .plan = *plan_,
                       .sampler = sampler,
                       .args = args,
                       .evaluate = validation_ ? EvaluateFunction([this] { return evaluate(); })
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

  std::vector<std::pair<std::string, double>> evaluate() {
    last_evaluation_ = evaluator_->run(step_->first_trained_group(), "evaluate");
    eval_seconds_ += last_evaluation_->runtime;
    return last_evaluation_->values.values;
  }

  /// Evaluates the final model, unless the last evaluation was of the same weights.
  void final_evaluations() {
    const bool evaluated_at_end = !result_.log_history.empty() && last_evaluation_ &&
                                  !result_.loaded_best_model && last_logged_evaluation_is_final();
    if (validation_ && !evaluated_at_end) evaluate();
    if (test_) {
      test_evaluation_ = make_evaluator(*test_)->run(0, "test");
      eval_seconds_ += test_evaluation_->runtime;
    }
  }

  bool last_logged_evaluation_is_final() const {
    for (auto entry = result_.log_history.rbegin(); entry != result_.log_history.rend(); ++entry) {
      if (entry->contains("eval_loss")) return entry->value("step", -1) == result_.global_step;
    }
    return false;
  }

  void finish() {
    final_evaluations();
    const fs::path folder = settings_.train.output_dir;
    step_->save_model(folder);
    write_file_atomically(folder / kMetricsFile, dump_json(metrics_json()));
    write_report(folder / kReportFile, report());
    if (test_evaluation_) {
      log_info("\ntest results\n{}", metrics_table(*test_evaluation_));
    } else if (last_evaluation_) {
      log_info("\nvalidation results\n{}", metrics_table(*last_evaluation_));
    }
    log_info("trained {} steps in {} ({:.1f} samples/s, peak memory {})\nsaved to {}\nreport {}",
             result_.global_step, human_duration(result_.train_runtime),
             result_.train_samples_per_second, human_bytes(result_.peak_rss_bytes), folder.string(),
             (fs::absolute(folder) / kReportFile).string());
  }

  Json metrics_json() const {
    Json metrics = {{"epoch", result_.epoch},
                    {"global_step", result_.global_step},
                    {"train_loss", result_.train_loss},
                    {"train_runtime", result_.train_runtime},
                    {"train_samples_per_second", result_.train_samples_per_second},
                    {"train_steps_per_second", result_.train_steps_per_second},
                    {"train_tokens_per_second", result_.train_tokens_per_second}};
    if (last_evaluation_) metrics.update(evaluation_json(*last_evaluation_, "eval_"));
    if (test_evaluation_) metrics.update(evaluation_json(*test_evaluation_, "test_"));
    metrics["peak_rss_bytes"] = peak_rss_bytes();
    return metrics;
  }

  ReportData report() const {
    TextRunFacts facts{.model_name = settings_.pretrained.model,
                       .family = model_->config_json().value("model_type", ""),
                       .schema = &schema_,
                       .plan = &*plan_,
                       .statistics = &statistics_,
                       .splits = splits_,
                       .max_length = max_length_,
                       .log_history = result_.log_history,
                       .best_step = result_.best_step,
                       .labels = info_.labels,
                       .problem = problem_,
                       .precision = precision_,
                       .timings = {.train_seconds = result_.train_runtime,
                                   .eval_seconds = eval_seconds_,
                                   .train_samples_per_second = result_.train_samples_per_second,
                                   .train_tokens_per_second = result_.train_tokens_per_second,
                                   .peak_rss_bytes = peak_rss_bytes()}};
    const bool tested = test_evaluation_.has_value();
    if (tested || last_evaluation_) {
      facts.evaluation = tested ? &*test_evaluation_ : &*last_evaluation_;
      facts.evaluated = tested ? &*test_ : &*validation_;
      facts.evaluated_name = tested ? "test" : "validation";
      facts.timings.eval_samples_per_second =
          static_cast<double>(facts.evaluation->samples) / facts.evaluation->runtime;
    }
    return make_report(facts);
  }

  TextTrainSettings& settings_;
  config::Schema& schema_;
  std::optional<Tokenizer> tokenizer_;
  ProblemType problem_ = ProblemType::single_label_classification;
  std::shared_ptr<SequenceClassifier> model_;
  ClassifierInfo info_;
  std::int64_t max_length_ = 0;
  TextData train_;
  std::optional<TextData> validation_, test_;
  std::vector<BadRow> bad_rows_;
  std::vector<std::pair<std::string, const TextData*>> splits_;
  DatasetStatistics statistics_;
  std::optional<AdaptPlan> plan_;
  std::string run_yaml_, precision_;
  std::unique_ptr<TextClassificationStep> step_;
  std::unique_ptr<TextEvaluator> evaluator_;
  std::optional<TextEvaluation> last_evaluation_, test_evaluation_;
  double eval_seconds_ = 0;
  EpochTable table_;
  TrainResult result_;
};

}  // namespace

int TextClassification::train(config::Schema& schema) {
  complete_arguments(train_, schema);
  check_settings(train_, schema);
  if (train_.train.threads > 0) at::set_num_threads(static_cast<int>(train_.train.threads));
  return TextTrainRun(train_, schema).run();
}

}  // namespace attune
