#include "attune/tasks/text_classification/trainer.h"

#include <numeric>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/adapt/plan.h"
#include "attune/base/coding/hash.h"
#include "attune/base/disk/folder_lock.h"
#include "attune/base/error.h"
#include "attune/config/field.h"
#include "attune/data/sampler.h"
#include "attune/feed/targets.h"
#include "attune/feed/text/text_data.h"
#include "attune/models/config_fields.h"
#include "attune/nn/device.h"
#include "attune/tasks/classification/step.h"
#include "attune/tasks/run/fine_tuning.h"
#include "attune/tasks/run/saved/fine_tuned_folder.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/run/settings.h"
#include "attune/tasks/text_classification/text_logits.h"
#include "attune/train/schedule/timeline.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

/// What config.json says; else as Hugging Face infers it: a regression of one label, otherwise by
/// the labels.
ProblemType problem_of(const at::Tensor& labels, const ClassifierInfo& info) {
  const auto count = static_cast<std::int64_t>(info.labels.size());
  if (const auto known = known_problem_type(info.problem_type, count)) {
    return settled_problem_type(known, count, "Trainer");
  }
  if (labels.dim() == 2 && labels.size(1) > 1) return ProblemType::multi_label_classification;
  return labels.is_floating_point() ? ProblemType::regression
                                    : ProblemType::single_label_classification;
}

/// The tensors' rows as packed texts with labels, so that they run the same way as a file's.
TextData to_text_data(const TensorDataset& tensors, const ClassifierInfo& info) {
  TextData data;
  // Whether the head fits is checked label by label.
  const ProblemType problem = problem_of(tensors.labels(), info);
  const at::Tensor labels = tensors.labels().contiguous();
  const auto classes = static_cast<std::int64_t>(info.labels.size());
  const std::int64_t columns = labels.dim() == 2 ? labels.size(1) : 1;
  check(problem == ProblemType::multi_label_classification
            ? labels.dim() == 2
            : columns == 1 && (problem == ProblemType::regression || !labels.is_floating_point()),
        ErrorKind::user,
        "labels have {} columns of {}, which do not fit the model's problem type {}: expected {}",
        columns, labels.is_floating_point() ? "real numbers" : "whole numbers",
        config::enum_name(problem),
        problem == ProblemType::multi_label_classification ? "a column of 0 and 1 for each label"
        : problem == ProblemType::regression               ? "one number each"
                                                           : "one class id each");
  // Messages name examples by file and line: "row:17".
  data.dataset.files = {"row"};
  if (problem != ProblemType::regression) data.dataset.label_names = info.labels;
  for (std::int64_t n = 0; n < tensors.size(); ++n) {
    const PackedTokens row =
        pack_padded(tensors.input_ids().narrow(0, n, 1), tensors.attention_mask().narrow(0, n, 1),
                    tensors.token_type_ids().narrow(0, n, 1));
    const at::Tensor ids = row.input_ids.to(at::kInt), types = row.token_type_ids.to(at::kInt);
    const auto count = static_cast<std::size_t>(ids.numel());
    data.tokens.add({ids.const_data_ptr<std::int32_t>(), count},
                    {types.const_data_ptr<std::int32_t>(), count});
    data.full_lengths.push_back(ids.numel());
    TextExample example{.source = {.line = n}};
    if (problem == ProblemType::single_label_classification) {
      example.label = labels[n].item<std::int64_t>();
      check(example.label >= 0 && example.label < classes, ErrorKind::user,
            "labels[{}] is {}, but the model has {} labels (0 to {})", n, example.label, classes,
            classes - 1);
    } else if (problem == ProblemType::regression) {
      example.target = labels[n].item<double>();
    } else {
      check(labels.size(1) == classes, ErrorKind::user,
            "labels have {} columns, but the model has {} labels", labels.size(1), classes);
      for (std::int64_t c = 0; c < classes; ++c) {
        if (labels[n][c].item<float>() != 0) example.label_set.push_back(c);
      }
    }
    data.dataset.examples.push_back(std::move(example));
  }
  data.dataset.label_kind = label_kind_of(problem);
  return data;
}

/// SHA-256 of the tensors' types, shapes and values.
std::string fingerprint(const TensorDataset& data) {
  Hasher hasher(HashAlgorithm::sha256);
  for (const at::Tensor* part :
       {&data.input_ids(), &data.attention_mask(), &data.token_type_ids(), &data.labels()}) {
    const at::Tensor values = part->contiguous().cpu();
    hasher.update(
        fmt::format("{} {}\n", at::toString(values.scalar_type()), fmt::join(values.sizes(), ",")));
    hasher.update(std::span(static_cast<const std::byte*>(values.const_data_ptr()),
                            static_cast<std::size_t>(values.nbytes())));
  }
  return hasher.hex_digest();
}

}  // namespace

class Trainer::Step : public ClassificationStep {
 public:
  Step(SequenceClassifier& model, TextData data, ProblemType problem, double label_smoothing)
      : ClassificationStep(targets_of(data.dataset, problem),
                           ClassificationLoss(problem, {.label_smoothing = label_smoothing})),
        model_(model),
        data_(std::move(data)) {}

  nn::Module& model() override { return model_; }
  std::vector<std::int64_t> example_lengths() const override { return data_.tokens.lengths(); }
  std::string_view length_unit() const override { return "tokens"; }
  std::string example_name(std::int64_t example) const override {
    return data_.dataset.source_name(example);
  }

 protected:
  at::Tensor logits(Examples examples, const StepContext&) override {
    return model_.forward(to_device(data_.tokens.pack(examples), device_of(model_)));
  }

 private:
  SequenceClassifier& model_;
  TextData data_;
};

Trainer::Trainer(std::shared_ptr<SequenceClassifier> model, TrainingArguments args,
                 TensorDataset train, std::optional<TensorDataset> validation)
    : model_(std::move(model)), args_(std::move(args)), validation_(std::move(validation)) {
  check(model_ != nullptr, ErrorKind::user, "Trainer: the model is null");
  problem_ = problem_of(train.labels(), model_->info());
  train_fingerprint_ = fingerprint(train);
  step_ = std::make_unique<Step>(*model_, to_text_data(train, model_->info()), problem_,
                                 args_.label_smoothing_factor);
}

Trainer::~Trainer() = default;

TrainResult Trainer::train() {
  std::shared_ptr<FolderLock> lock;
  if (!args_.output_dir.empty()) lock = FolderLock::take(args_.output_dir);
  clear_run_folder(args_);
  // Everything trains, as with Hugging Face's Trainer.
  const AdaptOptions adapt;
  const AdaptPlan plan(adapt, model_->depth_groups(), *model_, args_.learning_rate,
                       args_.weight_decay);
  const BatchSampler sampler(step_->example_lengths(), sampler_options(args_));
  // Weights and config.json alone: a program that hands over tensors has its tokenizer itself.
  FineTunedFolder folder(*model_);
  Json settings = run_settings(args_, adapt);
  settings["model_config"] = model_settings(*model_);
  settings["train_data"] = train_fingerprint_;
  settings["validation_data"] = validation_ ? Json(fingerprint(*validation_)) : Json();
  EvaluateFunction evaluate_validation;
  if (validation_) {
    // Before an epoch is spent on it.
    const std::vector<std::string> labels = model_->info().labels;
    const TextData data = to_text_data(*validation_, model_->info());
    const EvaluationInput input = text_evaluation_input(data, problem_, labels);
    check_best_metric(args_, metric_infos(problem_, labels),
                      undefined_metrics(problem_, labels, input.targets));
    evaluate_validation = [this](const StepContext&) -> MetricValues {
      return {.values = evaluate(*validation_)};
    };
  }
  return TrainingLoop({.step = *step_,
                       .folder = folder,
                       .plan = plan,
                       .sampler = sampler,
                       .args = args_,
                       .evaluate = std::move(evaluate_validation),
                       .metrics = metric_infos(problem_, model_->info().labels),
                       .settings = std::move(settings)})
      .run();
}

std::vector<std::pair<std::string, double>> Trainer::evaluate(const TensorDataset& dataset) const {
  const ClassifierInfo info = model_->info();
  const TextData data = to_text_data(dataset, info);
  EvaluationInput input =
      text_evaluation_input(data, problem_of(dataset.labels(), info), info.labels);
  input.logits = [&](std::span<const std::int64_t> examples, std::int64_t) {
    return model_->forward(to_device(data.tokens.pack(examples), device_of(*model_)));
  };
  return evaluate_classifier(*model_, input,
                             {.batch_size = args_.per_device_eval_batch_size, .max_mistakes = 0})
      .values.values;
}

void Trainer::save_model(const fs::path& folder) const {
  const fs::path target = folder.empty() ? fs::path(args_.output_dir) : folder;
  make_directories(target);
  FineTunedFolder(*model_).save(target);
}

}  // namespace attune
