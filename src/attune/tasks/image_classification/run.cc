#include "attune/tasks/image_classification/run.h"

#include <algorithm>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"
#include "attune/config/values.h"
#include "attune/tasks/classification/report.h"
#include "attune/tasks/image_classification/report.h"
#include "attune/tasks/image_classification/saved_classifier.h"

namespace attune {
namespace {

constexpr std::int64_t kScanThreads = 0;  // all cores

/// Of everything a run learns from: a resumed run must read the same.
std::string fingerprint(const ImageDataset& dataset, const ImageScan* scan) {
  Hasher hasher(HashAlgorithm::sha256);
  for (std::int64_t n = 0; n < dataset.size(); ++n) {
    const ImageExample& example = dataset.examples[static_cast<std::size_t>(n)];
    hasher.update(scan != nullptr ? scan->hashes[static_cast<std::size_t>(n)]
                                  : dataset.source_name(n));
    hasher.update(fmt::format("\t{}\t{}\t{}\t{}\n", example.label,
                              fmt::join(example.label_set, ","),
                              fmt::join(example.label_unknown, ","), example.target));
  }
  return hasher.hex_digest();
}

}  // namespace

ImageRun::ImageRun(std::string task, ImageTrainSettings& settings, config::Schema& schema,
                   ImageSplits splits)
    : ClassificationRun(std::move(task), settings, schema),
      settings_(settings),
      splits_(std::move(splits)) {}

ClassificationFacts ImageRun::load_model_and_data() {
  problem_ = settings_.model.problem_type.value_or(ProblemType::single_label_classification);
  load_model();
  if (settings_.data.check_images) scan();
  check_trainable(splits_.train, "the training data");
  ClassificationFacts facts{.model_name = settings_.pretrained.model.empty()
                                              ? settings_.model.architecture + " from scratch"
                                              : settings_.pretrained.model,
                            .problem = problem_,
                            .labels = labels_,
                            .train_classes = {splits_.train.label_kind, labels_, {}},
                            .has_validation = splits_.validation.has_value(),
                            .has_test = splits_.test.has_value()};
  if (problem_ != ProblemType::regression) {
    facts.train_classes.counts = splits_.train.class_counts();
  }
  for (const auto& [name, part] : splits_.parts()) {
    facts.bad_rows.insert(facts.bad_rows.end(), part->bad_rows.begin(), part->bad_rows.end());
  }
  facts.fingerprint = {
      {"train_data", fingerprint(splits_.train, scans_.empty() ? nullptr : &scans_.front())},
      {"preprocessor", processor_->to_json()},
      {"augment", config::values_of(settings_.augment)},
      {"augment_cache", settings_.network.augment_cache},
      {"classifier_dropout", settings_.network.classifier_dropout.value_or(-1)},
      {"channels", pictures_.channels}};
  return facts;
}

void ImageRun::load_model() {
  ImageHeadOptions head{.labels = splits_.train.label_names,
                        .problem_type = problem_,
                        .classifier_dropout = settings_.network.classifier_dropout,
                        .input_channels = settings_.network.input_channels,
                        .seed = static_cast<std::uint64_t>(settings_.train.seed)};
  if (problem_ == ProblemType::regression) head.labels = {"score"};
  head.num_labels = static_cast<std::int64_t>(head.labels.size());
  LoadedImageClassifier loaded = open_image_model(settings_.pretrained, settings_.model, head);
  model_ = std::move(loaded.model);
  const ImageClassifierInfo info = model_->info();
  labels_ = info.labels;
  pictures_ = picture_options();
  pictures_.channels = info.channels;
  const std::string& name = settings_.pretrained.model.empty() ? settings_.model.architecture
                                                               : settings_.pretrained.model;
  processor_ =
      ImageProcessor(loaded.preprocessing, name, settings_.input).with_channels(info.channels);
}

void ImageRun::scan() {
  scans_ = scan_images(splits_.parts(), pictures_, settings_.data.on_bad_row, kScanThreads,
                       *splits_.scanned);
  const bool has_deep =
      std::any_of(scans_.begin(), scans_.end(), [](const auto& scan) { return scan.has_deep; });
  if (!has_deep) return;
  const std::vector<std::string> problems = find_deep_picture_problems(settings_.augment);
  check(problems.empty(), ErrorKind::user, "{}", join(problems, "\n"));
}

std::string ImageRun::describe_data() {
  statistics_ = image_statistics(splits_, scans_);
  return statistics_.to_text();
}

ImageFeed::Options ImageRun::feed_options() const {
  return {.threads = settings_.data.loader_threads,
          .cache_bytes = cache_bytes(),
          .cache_folder = cache_folder(),
          .cached_views = settings_.network.augment_cache};
}

std::unique_ptr<ClassificationStep> ImageRun::make_step(ClassificationLoss loss) {
  train_pixels_ =
      std::make_unique<PixelSource>(splits_.train, *processor_, pictures_, settings_.augment,
                                    static_cast<std::uint64_t>(settings_.train.seed));
  return std::make_unique<ImageClassificationStep>(
      *model_, splits_.train, *train_pixels_, targets_of(splits_.train, problem_), std::move(loss),
      settings_.augment, feed_options());
}

void ImageRun::keep_files(FineTunedFolder& folder) {
  folder.keep("preprocessor_config.json", dump_json(processor_->to_json()));
}

const ImageDataset& ImageRun::data_of(EvaluatedPart part) const {
  return part == EvaluatedPart::test ? *splits_.test : *splits_.validation;
}

EvaluatePart ImageRun::make_evaluator(EvaluatedPart part) {
  const ImageDataset& data = data_of(part);
  auto source = std::make_shared<PixelSource>(data, *processor_, pictures_);
  auto feed = std::make_shared<ImageFeed>(*model_, *source, data.size(), feed_options());
  return [this, &data, source, feed](std::int64_t first_trained_group,
                                     const EvaluationOptions& options) {
    return evaluate_classifier(
        *model_,
        image_evaluation_input(*model_, *feed, data, problem_, labels_, first_trained_group),
        options);
  };
}

void ImageRun::complete_report(ReportData& report, const ClassificationEvaluation* evaluation,
                               EvaluatedPart part) {
  report.title = "Image classification";
  report.data =
      summarize_data(statistics_, std::vector<std::string>(splits_.parts().size()), "pictures");
  if (train_pixels_->is_random()) {
    report.augmented_images = augmented_tiles(splits_.train, *train_pixels_);
  }
  if (evaluation == nullptr) return;
  const ImageDataset& data = data_of(part);
  const PixelSource pixels(data, *processor_, pictures_);
  report.mistake_images = mistake_tiles(
      *model_, *evaluation, data, pixels,
      {.problem = problem_, .labels = labels_, .targets = targets_of(data, problem_)});
}

void find_image_setting_problems(const ImageTrainSettings& settings, config::Problems& problems) {
  const ImageDataOptions& data = settings.data;
  if (settings.pretrained.model.empty() && settings.model.architecture.empty()) {
    problems.add("--model is missing (or --architecture, to train from scratch)");
  }
  find_source_problems({data.train_dir, data.manifest, data.data_file, data.root}, "--train-dir",
                       problems);
  if (!data.validation_dir.empty() && data.validation_split) {
    problems.add("give either --validation-dir or --validation-split");
  }
  if (data.folds && (!data.validation_dir.empty() || data.validation_split)) {
    problems.add(
        "--folds divides the training data itself: leave out --validation-dir and "
        "--validation-split");
  }
  if (data.folds && settings.train.resume_from_checkpoint.value_or("last") != "last") {
    problems.add("--folds goes on where it stopped: give --resume-from-checkpoint last");
  }
  if (!data.test_dir.empty() && !data.test_file.empty()) {
    problems.add("give either --test-dir or --test-file");
  }
  if (data.on_bad_row == OnBadRow::skip && !data.check_images) {
    problems.add(
        "--on-bad-row skip finds broken pictures by checking them: it does not go with "
        "--check-images false");
  }
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
