#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/split/split.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/classification/run.h"
#include "attune/tasks/text_classification/report.h"
#include "attune/tasks/text_classification/step.h"
#include "attune/tasks/text_classification/task.h"
#include "attune/train/checkpoint/output_folder.h"

namespace attune {
namespace {

/// What the files hold.
struct Datasets {
  TextDataset train;
  std::optional<TextDataset> validation, test;
};

Split hold_out(const TextDataset& data, double share, std::uint64_t seed, const std::string& name) {
  try {
    switch (data.label_kind) {
      case LabelKind::single_label:
        return stratified_split(data.class_ids(), share, seed);
      case LabelKind::multi_label:
        return multilabel_split(label_sets_of(data), {}, share, seed);
      case LabelKind::none:
      case LabelKind::regression:
        break;
    }
    return random_split(data.size(), share, seed);
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

/// The rows that were left out of any of the files.
std::vector<BadRow> all_bad_rows(const Datasets& data) {
  std::vector<BadRow> all;
  for (const auto* part : {&data.train, data.validation ? &*data.validation : nullptr,
                           data.test ? &*data.test : nullptr}) {
    if (part != nullptr) all.insert(all.end(), part->bad_rows.begin(), part->bad_rows.end());
  }
  return all;
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

void check_settings(const TextTrainSettings& settings, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  if (settings.pretrained.model.empty()) problems.add("--model is missing");
  if (settings.data.train_file.empty()) problems.add("--train-file is missing");
  if (!settings.data.validation_file.empty() && settings.data.validation_split) {
    problems.add("give either --validation-file or --validation-split");
  }
  find_setting_problems(
      settings, settings.classifier.problem_type.value_or(ProblemType::single_label_classification),
      has_validation(settings), problems);
  problems.throw_if_any();
  check_output_folder(settings.train);
}

/// A run of this task, from files to report.
class TextRun : public ClassificationRun {
 public:
  TextRun(TextTrainSettings& settings, config::Schema& schema)
      : ClassificationRun("text-classification", settings, schema),
        settings_(settings),
        schema_(schema) {}

 private:
  ClassificationFacts load_model_and_data() override {
    const fs::path folder =
        resolve_model(settings_.pretrained.model, settings_.pretrained.revision);
    tokenizer_.emplace(Tokenizer::from_pretrained(folder));
    problem_ = settings_.classifier.problem_type.value_or(ProblemType::single_label_classification);
    Datasets data = load_datasets(settings_, problem_);
    ClassificationFacts facts{.model_name = settings_.pretrained.model,
                              .problem = problem_,
                              .bad_rows = all_bad_rows(data)};
    LoadedClassifier loaded =
        make_sequence_classifier(folder, head_options(settings_, data.train, problem_));
    model_ = std::move(loaded.model);
    const ClassifierInfo info = model_->info();
    facts.labels = labels_ = info.labels;
    check_tokenizer_fits(*tokenizer_, info, !settings_.columns.text_pair_column.empty(),
                         folder.string());
    max_length_ = effective_max_length(settings_.columns, *tokenizer_, info.max_length);
    facts.fingerprint = {{"train_data", fingerprint(data.train)},
                         {"max_length", max_length_},
                         {"pooling", config::enum_name(info.pooling)},
                         {"classifier_dropout", schema_.find("classifier_dropout")->get()}};
    facts.train_classes = {data.train.label_kind, data.train.label_names, {}};
    if (problem_ != ProblemType::regression) {
      facts.train_classes.counts = data.train.class_counts();
    }
    train_ = tokenize(std::move(data.train));
    if (data.validation) validation_ = tokenize(std::move(*data.validation));
    if (data.test) test_ = tokenize(std::move(*data.test));
    facts.has_validation = validation_.has_value();
    facts.has_test = test_.has_value();
    return facts;
  }

  TextData tokenize(TextDataset dataset) {
    return tokenize_dataset(std::move(dataset), *tokenizer_, max_length_, settings_.train.threads);
  }

  Model& model() override { return *model_; }

  void keep_files(FineTunedFolder& folder) override {
    folder.keep([this](const fs::path& path) { tokenizer_->save(path); });
  }

  std::string describe_data() override {
    splits_ = {{"train", &train_}};
    if (validation_) splits_.emplace_back("validation", &*validation_);
    if (test_) splits_.emplace_back("test", &*test_);
    std::vector<SplitView> views;
    for (const auto& [name, data] : splits_) {
      views.push_back({name, &data->dataset, data->full_lengths});
    }
    statistics_ = compute_statistics(views, max_length_);
    return statistics_.to_text();
  }

  std::unique_ptr<ClassificationStep> make_step(ClassificationLoss loss) override {
    return std::make_unique<TextClassificationStep>(*model_, train_, problem_, std::move(loss),
                                                    cache_bytes(), cache_folder());
  }

  const TextData& data_of(EvaluatedPart part) const {
    return part == EvaluatedPart::test ? *test_ : *validation_;
  }

  EvaluatePart make_evaluator(EvaluatedPart part) override {
    const TextData& data = data_of(part);
    auto frozen = std::make_shared<FrozenFeatures>(
        data.size(), text_features(*model_, data.tokens),
        FrozenFeatures::Options{
            .cache_bytes = cache_bytes(), .cache_folder = cache_folder(), .unit = "texts"});
    EvaluationInput input = text_evaluation_input(data, problem_, labels_);
    return
        [this, &data, frozen, input](std::int64_t first, const EvaluationOptions& options) mutable {
          input.logits = [&](std::span<const std::int64_t> examples) {
            return text_logits(*model_, data, *frozen, examples, first);
          };
          return evaluate_classifier(*model_, input, options);
        };
  }

  void complete_report(ReportData& report, const ClassificationEvaluation* evaluation,
                       EvaluatedPart part) override {
    report.title = "Text classification";
    report.data = summarize_texts(statistics_, splits_, max_length_);
    if (evaluation == nullptr) return;
    const TextData& data = data_of(part);
    const EvaluationInput input = text_evaluation_input(data, problem_, labels_);
    for (const Mistake& mistake : evaluation->mistakes) {
      report.mistakes.push_back(describe_text_mistake(mistake, data, input));
    }
  }

  TextTrainSettings& settings_;
  config::Schema& schema_;
  std::optional<Tokenizer> tokenizer_;
  ProblemType problem_ = ProblemType::single_label_classification;
  std::shared_ptr<SequenceClassifier> model_;
  std::vector<std::string> labels_;
  std::int64_t max_length_ = 0;
  TextData train_;
  std::optional<TextData> validation_, test_;
  NamedTexts splits_;
  DatasetStatistics statistics_;
};

}  // namespace

int TextClassification::train(config::Schema& schema) {
  complete_arguments(train_.train, has_validation(train_), schema);
  check_settings(train_, schema);
  use_threads(train_.train.threads);
  return TextRun(train_, schema).run();
}

}  // namespace attune
