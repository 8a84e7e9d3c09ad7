#include "attune/tasks/image_classification/train.h"

#include <utility>
#include <vector>

#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/classification/folds.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/image_classification/saved_classifier.h"
#include "attune/tasks/image_classification/task.h"
#include "attune/tasks/image_classification/unserved.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/train/device.h"

namespace attune {
namespace {

/// Of all that is given; where nothing is, of none.
std::vector<config::Trait> source_traits(const ImageDataOptions& data) {
  std::vector<config::Trait> traits;
  for (const ImageDataSource& source :
       {ImageDataSource{data.train_dir, data.manifest, data.data_file, {}},
        ImageDataSource{.folder = data.validation_dir},
        ImageDataSource{.folder = data.test_dir, .file = data.test_file}}) {
    if (source.count() == 1) traits.push_back(source_trait(source));
  }
  return traits;
}

/// Everything that can be told before data is read, at once. Data may bring a validation part.
/// Returns what the labels are.
ProblemType check_settings(ImageTrainSettings& settings, config::Schema& schema) {
  if (settings.pretrained.model.empty() && settings.model.architecture.empty()) {
    schema.problems().add("--model is missing (or --architecture, to train from scratch)");
  }
  find_folder_problems(settings, schema.problems());
  find_image_setting_problems(settings, schema.problems());
  complete_arguments(settings.train, true, schema);
  // A folder says it at once; a hub model is fetched for it when all else is right.
  const std::string& model = settings.pretrained.model;
  if (!model.empty() && (schema.problems().empty() || fs::exists(model))) {
    settle_problem_type(settings.model.problem_type, find_image_model(settings.pretrained));
  }
  const auto problem =
      settings.model.problem_type.value_or(ProblemType::single_label_classification);
  find_classification_problems(settings, problem, true, schema.problems());
  schema.problems().throw_if_any();
  find_image_option_problems(settings.data, label_kind_of(problem), schema);
  schema.problems().throw_if_any();
  check_run_folder(settings.train, settings.data.split.folds.has_value());
  choose_device(settings.train);  // before there are tensors
  return problem;
}

}  // namespace

int train_image_classifier(ImageTrainSettings& settings, config::Schema& schema,
                           const MakeImageTask& make_task) {
  const ProblemType problem = check_settings(settings, schema);
  ImageParts parts = load_image_parts(settings.data, settings.columns, label_kind_of(problem),
                                      static_cast<std::uint64_t>(settings.train.seed));
  find_unserved_pictures(parts.train, schema);
  const bool folds = settings.data.split.folds.has_value();
  // Evaluation each epoch was put in on the chance that the data bring a validation part.
  if (!parts.validation && !folds) withdraw_evaluation(settings.train, schema);
  schema.problems().throw_if_any();
  use_threads(settings.train.threads);
  if (folds) {
    return train_folds<ImageParts>(
        parts, *settings.data.split.folds, "picture", image_places(), settings, schema,
        [&](ImageParts fold, FoldResult& result) {
          // A task for each fold: what one has decided must not reach the next.
          ImageTask task = make_task(fold);
          ImageTraining training(std::move(task), settings, schema, std::move(fold));
          const int signal = training.run();
          if (signal != 0) return signal;
          constexpr EvaluatedPart kHeldOut = EvaluatedPart::validation;
          result =
              fold_result(training.evaluation(kHeldOut), contents_of(training.data(kHeldOut)).keys);
          return signal;
        });
  }
  ImageTask task = make_task(parts);
  return ImageTraining(std::move(task), settings, schema, std::move(parts)).run();
}

const std::vector<std::string>& image_places() {
  static const std::vector<std::string> places = {
      "train_dir", "validation_dir", "test_dir", "manifest", "root", "data_file", "test_file"};
  return places;
}

int ImageClassification::train(config::Schema& schema) {
  return train_image_classifier(train_, schema, [](const ImageParts&) { return ImageTask(); });
}

void find_image_option_problems(const ImageDataOptions& data, LabelKind kind,
                                config::Schema& schema) {
  schema.find_unserved({kEqualExamples});
  schema.find_unserved({label_trait(kind)});
  schema.find_unserved(source_traits(data));
}

void find_image_setting_problems(const ImageTrainSettings& settings, config::Problems& problems) {
  const ImageDataOptions& data = settings.data;
  find_source_problems({data.train_dir, data.manifest, data.data_file, data.root}, "--train-dir",
                       problems);
  if (!data.validation_dir.empty() && data.split.validation_split) {
    problems.add("give either --validation-dir or --validation-split");
  }
  find_fold_problems(data.split.folds, !data.validation_dir.empty() || data.split.validation_split,
                     "--validation-dir", settings.train, problems);
  if (!data.test_dir.empty() && !data.test_file.empty()) {
    problems.add("give either --test-dir or --test-file");
  }
  if (data.on_bad_row == OnBadRow::skip && !data.check_images) {
    problems.add(
        "--on-bad-row skip finds broken pictures by checking them: it does not go with "
        "--check-images false");
  }
  data.decoding.find_problems(problems);
  if (settings.network.input_channels == 2)
    problems.add("--input-channels: got 2, expected 1 or 3");
  const AugmentOptions& augment = settings.augment;
  for (std::string& text : find_problems(augment)) problems.add(std::move(text));
  const AdaptOptions& adapt = settings.adapt;
  const bool freezes =
      adapt.strategy != Strategy::full || adapt.train_last || !adapt.freeze.empty();
  if (settings.network.augment_cache > 0 && (!augment.changes_pictures() || !freezes)) {
    problems.add(
        "--augment-cache keeps the features of augmented pictures below what trains: it needs "
        "augmentation, and a strategy that freezes a part");
  }
  if (settings.network.augment_cache > 0 && augment.mixes_batches()) {
    problems.add(
        "--augment-cache keeps features of single pictures: it does not go with Mixup or "
        "CutMix");
  }
}

}  // namespace attune
