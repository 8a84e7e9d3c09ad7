#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/feed/targets.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/classification/folds.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/text_classification/saved_classifier.h"
#include "attune/tasks/text_classification/task.h"
#include "attune/tasks/text_classification/training.h"
#include "attune/train/device.h"

namespace attune {
namespace {

/// Adds a problem for each option that these data cannot use. Requires a training file.
void find_text_option_problems(const TextDataOptions& data, LabelKind kind,
                               config::Schema& schema) {
  std::vector<config::Trait> sources = {source_trait(data.train_file)};
  for (const std::string& file : {data.validation_file, data.test_file}) {
    if (!file.empty()) sources.push_back(source_trait(file));
  }
  schema.find_unserved({kUnequalExamples});
  schema.find_unserved({label_trait(kind)});
  schema.find_unserved(sources);
}

/// Everything that can be told before data is read, at once.
void check_settings(TextTrainSettings& settings, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  if (settings.pretrained.model.empty()) problems.add("--model is missing");
  if (settings.data.train_file.empty()) problems.add("--train-file is missing");
  find_folder_problems(settings, problems);
  find_division_problems(settings, schema);
  // A folder says it at once; a hub model is fetched for it when all else is right.
  const std::string& model = settings.pretrained.model;
  if (!model.empty() && (problems.empty() || fs::exists(model))) {
    const fs::path folder = resolve_model(model, settings.pretrained.revision);
    settle_problem_type(settings.classifier.problem_type, folder);
    const std::int64_t positions = stated_positions(folder);
    if (settings.columns.max_length.value_or(0) > positions) {
      problems.add(fmt::format("--max-length: got {}, but the model takes at most {} tokens",
                               *settings.columns.max_length, positions));
    }
  }
  find_text_run_problems(settings, schema);
  problems.throw_if_any();
  check_run_folder(settings.train, settings.data.split.folds.has_value());
  choose_device(settings.train);  // before there are tensors
}

}  // namespace

bool may_have_validation(const TextTrainSettings& settings) {
  const TextDataOptions& data = settings.data;
  return !data.validation_file.empty() || data.split.validation_split || data.split.folds ||
         !settings.columns.division.split_column.empty();
}

void find_division_problems(TextTrainSettings& settings, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  const TextDataOptions& data = settings.data;
  const bool held_out = !data.validation_file.empty() || data.split.validation_split;
  if (!data.validation_file.empty() && data.split.validation_split) {
    problems.add("give either --validation-file or --validation-split");
  }
  find_fold_problems(data.split.folds, held_out, "--validation-file", settings.train, problems);
  complete_arguments(settings.train, may_have_validation(settings), schema);
}

void find_text_run_problems(const TextTrainSettings& settings, config::Schema& schema) {
  const ProblemType problem = problem_of(settings.classifier);
  find_classification_problems(settings, problem, may_have_validation(settings), schema.problems());
  if (settings.data.train_file.empty()) return;
  find_text_option_problems(settings.data, label_kind_of(problem), schema);
}

int TextClassification::train(config::Schema& schema) {
  check_settings(train_, schema);
  use_threads(train_.train.threads);
  TextParts parts =
      load_text_parts(train_.data, train_.columns, label_kind_of(problem_of(train_.classifier)),
                      static_cast<std::uint64_t>(train_.train.seed));
  const bool held_out = parts.validation || train_.data.split.folds;
  // A split column may name no validation part.
  if (!held_out && may_have_validation(train_)) withdraw_evaluation(train_.train, schema);
  schema.problems().throw_if_any();
  if (train_.data.split.folds) {
    return train_folds<TextParts>(
        parts, *train_.data.split.folds, "text", {"train_file", "validation_file", "test_file"},
        train_, schema, [&](TextParts fold, FoldResult& result) {
          TextTraining training(train_, schema, std::move(fold));
          const int signal = training.run();
          if (signal == 0) {
            result = fold_result(training.validation(), training.validation_keys());
          }
          return signal;
        });
  }
  return TextTraining(train_, schema, std::move(parts)).run();
}

}  // namespace attune
