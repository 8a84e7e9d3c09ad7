#include "attune/tasks/text_classification/training.h"

#include <utility>

#include "attune/base/log.h"
#include "attune/data/check/text_findings.h"
#include "attune/data/fingerprint.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/classification/results/report.h"
#include "attune/tasks/run/run_report.h"
#include "attune/tasks/text_classification/saved_classifier.h"
#include "attune/tasks/text_classification/text_logits.h"

namespace attune {
namespace {

HeadOptions head_options(const TextTrainSettings& settings, const TextDataset& train,
                         ProblemType problem) {
  HeadOptions head{.problem_type = problem,
                   .pooling = settings.classifier.pooling,
                   .classifier_dropout = settings.classifier.classifier_dropout,
                   .seed = static_cast<std::uint64_t>(settings.train.seed)};
  head.labels_in_order = !settings.data.labels.empty();
  head.labels =
      problem == ProblemType::regression ? std::vector<std::string>{"score"} : train.label_names;
  head.num_labels = static_cast<std::int64_t>(head.labels.size());
  return head;
}

}  // namespace

ProblemType problem_of(const ClassifierOptions& options) {
  return options.problem_type.value_or(ProblemType::single_label_classification);
}

TextTraining::TextTraining(const TextTrainSettings& settings, const config::Schema& schema,
                           TextParts texts)
    : settings_(settings),
      schema_(schema),
      bad_rows_(texts.bad_rows()),
      cache_budget_(cache_budget(settings.adapt)) {
  labels_.problem = problem_of(settings.classifier);
  check_class_weights(settings.loss.class_weights, texts.train.label_names);
  // First, since the model says how long texts may be.
  open_model(texts);
  labels_.train_classes = {texts.train.label_kind, texts.train.label_names, {}};
  if (labels_.problem != ProblemType::regression) {
    labels_.train_classes.counts = texts.train.class_counts();
  }
  // Of the texts, before they are moved into tokens.
  train_fingerprint_ = fingerprint(texts.train);
  if (texts.validation) validation_fingerprint_ = fingerprint(*texts.validation);
  train_ = tokenize(std::move(texts.train));
  if (texts.validation) validation_ = tokenize(std::move(*texts.validation));
  if (texts.test) test_ = tokenize(std::move(*texts.test));
  TextCheckInput input{.policy = {}, .max_length = max_length_};
  for (const auto& [name, data] : parts()) {
    input.splits.push_back(
        {name, &data->dataset, data->full_lengths, data->text_tokens, data->unknown_tokens, {}});
  }
  const DataCheck check = check_texts(input);
  statistics_ = check.statistics;
  data_text_ = check.to_summary();
}

void TextTraining::open_model(const TextParts& texts) {
  const fs::path folder = resolve_model(settings_.pretrained.model, settings_.pretrained.revision);
  tokenizer_.emplace(Tokenizer::from_pretrained(folder));
  if (settings_.columns.text_pair_column.empty() && is_cross_encoder(folder)) {
    log_warning(
        "{} is a cross-encoder, which was trained on pairs of texts, and is given single ones "
        "(--text-pair-column names the column of the second)",
        settings_.pretrained.model);
  }
  LoadedClassifier loaded =
      make_sequence_classifier(folder, head_options(settings_, texts.train, labels_.problem),
                               settings_.pretrained.weights.weights_key);
  model_ = std::move(loaded.model);
  const ClassifierInfo info = model_->info();
  labels_.labels = info.labels;
  check_tokenizer_fits(*tokenizer_, info, !settings_.columns.text_pair_column.empty(),
                       folder.string());
  max_length_ = effective_max_length(settings_.columns.max_length, *tokenizer_, info.max_length);
}

TextData TextTraining::tokenize(TextDataset dataset) const {
  return tokenize_dataset(std::move(dataset), *tokenizer_, max_length_, settings_.train.threads);
}

NamedTexts TextTraining::parts() const {
  NamedTexts parts = {{"train", &train_}};
  if (validation_) parts.emplace_back("validation", &*validation_);
  if (test_) parts.emplace_back("test", &*test_);
  return parts;
}

std::optional<PartEvaluation> TextTraining::make_evaluation(const std::optional<TextData>& data) {
  if (!data) return {};
  auto frozen = std::make_shared<FrozenFeatures>(
      data->size(), text_features(*model_, data->tokens),
      FrozenFeatures::Options{
          .budget = cache_budget_, .cache_folder = cache_folder(settings_.adapt), .unit = "texts"});
  EvaluationInput input = text_evaluation_input(*data, labels_.problem, labels_.labels);
  // The features live as long as the function that asks for them.
  input.logits = [this, &texts = *data, frozen](std::span<const std::int64_t> examples,
                                                std::int64_t first) {
    return text_logits(*model_, texts, frozen->state(examples, first), examples, first);
  };
  return PartEvaluation(*model_, std::move(input), settings_);
}

RunFacts TextTraining::facts() const {
  RunFacts facts =
      label_run_facts(settings_, labels_, step_->targets(),
                      validation_evaluation_ ? &validation_evaluation_->input() : nullptr);
  facts.task = "text-classification";
  facts.model_name = settings_.pretrained.model;
  facts.data_text = data_text_;
  facts.unit = "texts";
  facts.bad_rows = bad_rows_;
  // A run that resumes must have the same texts, cut and pooled alike.
  facts.fingerprint["train_data"] = train_fingerprint_;
  // Evaluations of other texts would decide what is the best model, and share a log with the first.
  facts.fingerprint["validation_data"] = validation_fingerprint_;
  facts.fingerprint["tokenizer"] = tokenizer_->fingerprint();
  facts.fingerprint["max_length"] = max_length_;
  facts.fingerprint["pooling"] = config::enum_name(model_->info().pooling);
  facts.fingerprint["classifier_dropout"] = settings_.classifier.classifier_dropout
                                                ? Json(*settings_.classifier.classifier_dropout)
                                                : Json();
  return facts;
}

int TextTraining::run() {
  folder_.emplace(*model_);
  // In every checkpoint too: each is a folder that predict can open.
  folder_->keep([this](const fs::path& folder) { tokenizer_->save(folder); });
  step_ = std::make_unique<TextClassificationStep>(*model_, train_, labels_.problem,
                                                   training_loss(settings_, labels_), cache_budget_,
                                                   cache_folder(settings_.adapt));
  // Before facts(), which asks what the validation data leave undefined.
  validation_evaluation_ = make_evaluation(validation_);
  test_evaluation_ = make_evaluation(test_);
  return fine_tune({.facts = facts(),
                    .model = *model_,
                    .step = *step_,
                    .folder = *folder_,
                    .validate = evaluate_function(validation_evaluation_),
                    .test = evaluate_function(test_evaluation_),
                    .report = [this](const FinishedRun& run) { return report(run); }},
                   settings_, schema_);
}

Report TextTraining::report(const FinishedRun& run) const {
  const bool is_test = run.part == EvaluatedPart::test;
  const auto& evaluated = is_test ? test_evaluation_ : validation_evaluation_;
  Report report = run_report(run);
  report.title = "Text classification";
  report.add(data_section(summarize_texts(statistics_, parts(), max_length_)));
  if (!evaluated) return report;
  add_results(evaluated->last(), run.part_name(), {}, report);
  std::vector<ReportMistake> mistakes;
  for (const Mistake& mistake : evaluated->last().mistakes) {
    mistakes.push_back(
        describe_text_mistake(mistake, is_test ? *test_ : *validation_, evaluated->input()));
  }
  report.add(mistakes_section(mistakes));
  return report;
}

}  // namespace attune
