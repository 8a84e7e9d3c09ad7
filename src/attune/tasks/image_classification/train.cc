#include "attune/tasks/image_classification/train.h"

#include <cmath>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"
#include "attune/data/split.h"
#include "attune/tasks/image_classification/task.h"
#include "attune/tasks/run_folder.h"
#include "attune/train/output_folder.h"

namespace attune {
namespace {

/// What the folds of a cross-validation found out.
class FoldResults {
 public:
  void add(const ImageRun& run) {
    const ClassificationEvaluation& evaluation = *run.validation();
    values_.push_back(evaluation.values);
    logits_.push_back(evaluation.logits);
    targets_.push_back(run.validation_targets());
    problem_ = run.problem();
    labels_ = run.labels();
  }

  /// All held-out pictures, each classified by the model that has not seen it, as one data set.
  Json to_json() const {
    const at::Tensor logits = at::cat(logits_);
    const EvaluationInput input{
        .problem = problem_,
        .labels = labels_,
        .targets = at::cat(targets_),
        .lengths = std::vector<std::int64_t>(static_cast<std::size_t>(logits.size(0)), 1),
        .logits = [&](std::span<const std::int64_t> examples) {
          return select_targets(logits, examples);
        }};
    const auto no_model = std::make_shared<torch::nn::Module>();
    const ClassificationEvaluation pooled =
        evaluate_classifier(*no_model, input, {.max_mistakes = 0, .activity = "pool folds"});
    Json result = metrics_to_json(pooled.values, "pooled_");
    result["folds"] = values_.size();
    result["samples"] = logits.size(0);
    for (const auto& [name, unused] : values_.front().values) add_spread(name, result);
    return result;
  }

 private:
  /// Mean and standard deviation (of the sample) over the folds that have the metric.
  void add_spread(const std::string& name, Json& result) const {
    std::vector<double> values;
    for (const MetricValues& fold : values_) {
      if (const auto value = fold.find(name)) values.push_back(*value);
    }
    double mean = 0, squares = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    result["eval_" + name] = values;
    result["eval_" + name + "_mean"] = mean;
    if (values.size() > 1) {
      result["eval_" + name + "_std"] = std::sqrt(squares / static_cast<double>(values.size() - 1));
    }
  }

  std::vector<MetricValues> values_;
  std::vector<at::Tensor> logits_, targets_;
  ProblemType problem_ = ProblemType::single_label_classification;
  std::vector<std::string> labels_;
};

void check_settings(ImageTrainSettings& settings, bool has_validation, config::Schema& schema) {
  complete_arguments(settings.train, has_validation, schema);
  find_setting_problems(settings, has_validation, schema.problems());
  schema.problems().throw_if_any();
  check_output_folder(settings.train);
}

int train_folds(ImageTrainSettings& settings, const ImageSplits& all, std::int64_t folds,
                const MakeImageRun& make_run) {
  check(!all.validation, ErrorKind::user,
        "--folds holds out each part of the training data in turn; the data has a validation part "
        "of its own: train without --folds");
  const ImageDataset& data = all.train;
  check(data.label_kind == LabelKind::single_label, ErrorKind::user,
        "--folds needs one class for each picture");
  const std::vector<std::int64_t> groups =
      data.has_groups() ? data.group_ids() : std::vector<std::int64_t>();
  const std::vector<Split> splits =
      k_folds(data.class_ids(), groups, folds, static_cast<std::uint64_t>(settings.train.seed));
  const std::string base = settings.train.output_dir;
  FoldResults results;
  for (std::size_t k = 0; k < splits.size(); ++k) {
    settings.train.output_dir = (fs::path(base) / fmt::format("fold-{}", k + 1)).string();
    log_info("\nfold {} of {}", k + 1, splits.size());
    const auto run = make_run({.train = data.subset(splits[k].train),
                               .validation = data.subset(splits[k].validation),
                               .test = all.test});
    const int signal = run->run();
    if (signal != 0) return signal;
    results.add(*run);
  }
  settings.train.output_dir = base;
  const Json pooled = results.to_json();
  write_file_atomically(fs::path(base) / kMetricsFile, dump_json(pooled));
  log_info(
      "\n{} folds, every picture held out once\n  accuracy {:.4f} (mean of folds {:.4f}, "
      "standard deviation {:.4f})\nresults {}",
      folds, pooled.at("pooled_accuracy").get<double>(),
      pooled.at("eval_accuracy_mean").get<double>(), pooled.at("eval_accuracy_std").get<double>(),
      (fs::path(base) / kMetricsFile).string());
  return 0;
}

}  // namespace

int train_image_classifier(ImageTrainSettings& settings, config::Schema& schema,
                           const MakeImageRun& make_run) {
  find_image_setting_problems(settings, schema.problems());
  schema.problems().throw_if_any();
  const auto problem =
      settings.model.problem_type.value_or(ProblemType::single_label_classification);
  ImageSplits splits = load_image_splits(settings.data, settings.columns, problem,
                                         static_cast<std::uint64_t>(settings.train.seed));
  const auto folds = settings.data.folds;
  check_settings(settings, splits.validation.has_value() || folds.has_value(), schema);
  if (settings.train.threads > 0) at::set_num_threads(static_cast<int>(settings.train.threads));
  if (folds) return train_folds(settings, splits, *folds, make_run);
  return make_run(std::move(splits))->run();
}

int ImageClassification::train(config::Schema& schema) {
  return train_image_classifier(train_, schema, [&](ImageSplits splits) {
    return std::make_unique<ImageRun>("image-classification", train_, schema, std::move(splits));
  });
}

}  // namespace attune
