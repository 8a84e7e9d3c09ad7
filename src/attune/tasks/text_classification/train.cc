#include <utility>

#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/classification/folds.h"
#include "attune/tasks/text_classification/text_splits.h"
#include "attune/tasks/text_classification/training.h"
#include "attune/train/checkpoint/output_folder.h"

namespace attune {
namespace {

/// Whether something is held out or given to evaluate on during training.
bool has_validation(const TextTrainSettings& settings) {
  const TextDataOptions& data = settings.data;
  return !data.validation_file.empty() || data.validation_split || data.folds;
}

void check_settings(const TextTrainSettings& settings, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  if (settings.pretrained.model.empty()) problems.add("--model is missing");
  if (settings.data.train_file.empty()) problems.add("--train-file is missing");
  if (!settings.data.validation_file.empty() && settings.data.validation_split) {
    problems.add("give either --validation-file or --validation-split");
  }
  find_fold_problems(settings.data.folds,
                     !settings.data.validation_file.empty() || settings.data.validation_split,
                     "--validation-file", settings.train, problems);
  find_classification_problems(settings, problem_of(settings.classifier), has_validation(settings),
                               problems);
  problems.throw_if_any();
  check_output_folder(settings.train);
}

/// The texts of `all` in one fold.
TextSplits fold_of(const TextSplits& all, const Split& fold) {
  TextSplits parts{.train = all.train.subset(fold.train),
                   .validation = all.train.subset(fold.validation),
                   .test = all.test};
  parts.train.bad_rows = all.train.bad_rows;
  return parts;
}

int train_folds(TextTrainSettings& settings, config::Schema& schema, const TextSplits& all) {
  CrossValidation folds =
      label_cross_validation(all.train, {}, *settings.data.folds, settings.train.seed, "text");
  folds.train = [&](const Split& fold, FoldResult& result) {
    TextTraining training(settings, schema, fold_of(all, fold));
    if (const int signal = training.run(); signal != 0) return signal;
    const PartEvaluation& held_out = training.validation();
    result = {held_out.last().values, fold_predictions(held_out.last(), held_out.input().targets)};
    return 0;
  };
  return cross_validate(folds, settings, schema);
}

}  // namespace

int TextClassification::train(config::Schema& schema) {
  complete_arguments(train_.train, has_validation(train_), schema);
  check_settings(train_, schema);
  use_threads(train_.train.threads);
  TextSplits splits = load_text_splits(train_, problem_of(train_.classifier));
  if (train_.data.folds) return train_folds(train_, schema, splits);
  return TextTraining(train_, schema, std::move(splits)).run();
}

}  // namespace attune
