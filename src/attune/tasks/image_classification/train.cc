#include "attune/tasks/image_classification/train.h"

#include <utility>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/config/values.h"
#include "attune/data/split/split.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/image_classification/folds.h"
#include "attune/tasks/image_classification/task.h"
#include "attune/tasks/run_folder.h"
#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/checkpoint/output_folder.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

/// What can be told before data is read, all at once: data may bring a validation part.
void check_before_data(const ImageTrainSettings& settings, ProblemType problem,
                       config::Schema& schema) {
  find_image_setting_problems(settings, schema.problems());
  ImageTrainSettings completed = settings;
  complete_arguments(completed.train, true, schema);
  find_setting_problems(completed, problem, true, schema.problems());
  schema.problems().throw_if_any();
  check_output_folder(settings.train);
}

void check_settings(ImageTrainSettings& settings, ProblemType problem, bool has_validation,
                    config::Schema& schema) {
  complete_arguments(settings.train, has_validation, schema);
  find_setting_problems(settings, problem, has_validation, schema.problems());
  schema.problems().throw_if_any();
}

/// What the results of a fold depend on.
Json fold_settings(const ImageTrainSettings& settings, const config::Schema& schema,
                   const ImageDataset& held_out) {
  Json result = run_settings(settings.train, settings.adapt);
  const Json train = config::values_of(settings.train), adapt = config::values_of(settings.adapt);
  for (const config::Field& field : schema.fields()) {
    if (!train.contains(field.name) && !adapt.contains(field.name)) {
      result[field.name] = field.get();
    }
  }
  for (const char* name : {"loader_threads", "report_mistakes"}) result.erase(name);
  Hasher hasher(HashAlgorithm::sha256);
  for (std::int64_t n = 0; n < held_out.size(); ++n) {
    hasher.update(fmt::format("{}\t{}\n", held_out.source_name(n),
                              held_out.examples[static_cast<std::size_t>(n)].label));
  }
  result["held_out"] = hasher.hex_digest();
  return result;
}

std::vector<Split> divide(const ImageDataset& data, std::int64_t folds, std::int64_t seed) {
  check(data.label_kind == LabelKind::single_label, ErrorKind::user,
        "--folds needs one class for each picture");
  const std::vector<std::int64_t> groups =
      data.has_groups() ? data.group_ids() : std::vector<std::int64_t>();
  return k_folds(data.class_ids(), groups, folds, static_cast<std::uint64_t>(seed));
}

/// The folds of a cross-validation in turn, each in a folder of its own. One that is stopped goes
/// on where it was: complete folds are not trained again.
class CrossValidation {
 public:
  CrossValidation(ImageTrainSettings& settings, const config::Schema& schema,
                  const ImageSplits& all, const MakeImageRun& make_run)
      : settings_(settings),
        schema_(schema),
        all_(all),
        make_run_(make_run),
        base_(settings.train.output_dir),
        resumes_(settings.train.resume_from_checkpoint.has_value()) {}

  int run(std::int64_t folds) {
    const std::vector<Split> splits = divide(all_.train, folds, settings_.train.seed);
    check(!resumes_ || fs::exists(folder_of(0)), ErrorKind::user,
          "--resume-from-checkpoint: {} holds no folds; leave the option out to start", base_);
    if (!resumes_) replace_old_folds();
    for (std::size_t k = 0; k < splits.size(); ++k) {
      if (const int signal = train(k, splits[k]); signal != 0) return signal;
    }
    settings_.train.output_dir = base_;
    const Json pooled = pool_folds(results_, all_.train.label_names);
    const fs::path file = fs::path(base_) / kMetricsFile;
    write_file_atomically(file, dump_json(pooled));
    log_info(
        "\n{} folds, every picture held out once\n  accuracy {:.4f} (mean of folds {:.4f}, "
        "standard deviation {:.4f})\nresults {}",
        folds, pooled.at("pooled_accuracy").get<double>(),
        pooled.at("eval_accuracy_mean").get<double>(), pooled.at("eval_accuracy_std").get<double>(),
        file.string());
    return 0;
  }

 private:
  fs::path folder_of(std::size_t k) const {
    return fs::path(base_) / fmt::format("fold-{}", k + 1);
  }

  /// An earlier cross-validation may have had other folds, or have ended: nothing of it may pass
  /// for this one's.
  void replace_old_folds() const {
    check(!fs::exists(folder_of(0)) || settings_.train.overwrite_output_dir, ErrorKind::user,
          "output_dir: {} holds the folds of another run; resume it (--resume-from-checkpoint "
          "last), replace it (--overwrite-output-dir), or take another folder",
          base_);
    for (std::size_t k = 0; fs::exists(folder_of(k)); ++k) remove_tree(folder_of(k));
    remove_tree(fs::path(base_) / kMetricsFile);
  }

  int train(std::size_t k, const Split& split) {
    const fs::path folder = folder_of(k);
    ImageSplits parts{.train = all_.train.subset(split.train),
                      .validation = all_.train.subset(split.validation),
                      .test = all_.test,
                      .scanned = all_.scanned};
    parts.train.bad_rows = all_.train.bad_rows;
    parts.train.skipped_files = all_.train.skipped_files;
    const Json kept = fold_settings(settings_, schema_, *parts.validation);
    if (auto done = resumes_ ? load_fold(folder, kept) : std::nullopt) {
      log_info("\nfold {} is complete in {}", k + 1, folder.string());
      results_.push_back(std::move(*done));
      return 0;
    }
    log_info("\nfold {}", k + 1);
    TrainingArguments& args = settings_.train;
    args.output_dir = folder.string();
    args.resume_from_checkpoint.reset();
    if (resumes_ && find_last_checkpoint(folder)) args.resume_from_checkpoint = "last";
    if (resumes_) args.overwrite_output_dir = true;  // what a fold without checkpoint has left
    const auto run = make_run_(std::move(parts));
    if (const int signal = run->run(); signal != 0) return signal;
    const ClassificationEvaluation& held_out = *run->validation();
    results_.push_back(
        {held_out.values, held_out.logits, run->validation_targets(), held_out.called});
    save_fold(folder, results_.back(), kept);
    return 0;
  }

  ImageTrainSettings& settings_;
  const config::Schema& schema_;
  const ImageSplits& all_;
  const MakeImageRun& make_run_;
  const std::string base_;
  const bool resumes_;
  std::vector<FoldResult> results_;
};

}  // namespace

int train_image_classifier(ImageTrainSettings& settings, config::Schema& schema,
                           const MakeImageRun& make_run) {
  const auto problem =
      settings.model.problem_type.value_or(ProblemType::single_label_classification);
  check_before_data(settings, problem, schema);
  ImageSplits splits = load_image_splits(settings.data, settings.columns, problem,
                                         static_cast<std::uint64_t>(settings.train.seed));
  const auto folds = settings.data.folds;
  check_settings(settings, problem, splits.validation.has_value() || folds.has_value(), schema);
  use_threads(settings.train.threads);
  if (!folds) return make_run(std::move(splits))->run();
  check(!splits.validation, ErrorKind::user,
        "--folds holds out each part of the training data in turn; the data has a validation part "
        "of its own: train without --folds");
  return CrossValidation(settings, schema, splits, make_run).run(*folds);
}

int ImageClassification::train(config::Schema& schema) {
  return train_image_classifier(train_, schema, [&](ImageSplits splits) {
    return std::make_unique<ImageRun>("image-classification", train_, schema, std::move(splits));
  });
}

}  // namespace attune
