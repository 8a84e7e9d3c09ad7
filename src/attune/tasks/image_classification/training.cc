#include "attune/tasks/image_classification/training.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/config/values.h"
#include "attune/data/check/picture_findings.h"
#include "attune/data/fingerprint.h"
#include "attune/eval/report/sections/results/picture_sections.h"
#include "attune/feed/targets.h"
#include "attune/tasks/image_classification/report.h"
#include "attune/tasks/image_classification/saved_classifier.h"
#include "attune/tasks/image_classification/train.h"
#include "attune/tasks/run/run_report.h"
#include "attune/tasks/run/sections.h"
#include "attune/tasks/run/settings.h"

namespace attune {
namespace {

constexpr std::int64_t kScanThreads = 0;  // as many as --threads says (use_threads)

/// Whether an option says where data lie, which counts for nothing: what lies there is compared.
bool is_place(std::string_view option) {
  return std::ranges::find(image_places(), option) != image_places().end();
}

}  // namespace

ImageTraining::ImageTraining(ImageTask task, const ImageTrainSettings& settings,
                             const config::Schema& schema, ImageParts parts)
    : task_(std::move(task)),
      settings_(settings),
      schema_(schema),
      parts_(std::move(parts)),
      cache_budget_(cache_budget(settings.adapt)) {
  task_.pictures.memory = settings.data.decoding.budget();
  labels_.problem = settings.model.problem_type.value_or(ProblemType::single_label_classification);
  check_class_weights(settings.loss.class_weights, parts_.train.label_names);
  open_model();
  // First, since pictures that are left out change what the classes have.
  if (settings.data.check_images) scan();
  check_trainable(parts_.train, "the training data");
  labels_.train_classes = {parts_.train.label_kind, labels_.labels, {}};
  if (labels_.problem != ProblemType::regression) {
    labels_.train_classes.counts = parts_.train.class_counts();
  }
  // By what the scan has seen: the content is not looked at a second time.
  const DataCheck check = check_pictures(parts_, scans_, {});
  statistics_ = check.statistics;
  data_text_ = check.to_summary();
}

std::string ImageTraining::model_name() const {
  return settings_.pretrained.model.empty() ? settings_.model.architecture
                                            : settings_.pretrained.model;
}

void ImageTraining::open_model() {
  HeadOptions head{.labels = parts_.train.label_names,
                   .labels_in_order = !settings_.data.labels.empty(),
                   .problem_type = labels_.problem,
                   .classifier_dropout = settings_.network.classifier_dropout,
                   .input_channels = settings_.network.input_channels,
                   .seed = static_cast<std::uint64_t>(settings_.train.seed)};
  // Upstream gives a regression one label too; its name shows nowhere but in config.json.
  if (labels_.problem == ProblemType::regression) head.labels = {"score"};
  head.num_labels = static_cast<std::int64_t>(head.labels.size());
  LoadedImageClassifier loaded = open_image_model(settings_.pretrained, settings_.model, head);
  model_ = loaded.model;
  const ImageClassifierInfo info = model_->info();
  labels_.labels = info.labels;
  // Pictures are read with the channels that the first convolution has, grey ones as grey.
  task_.pictures.channels = info.channels;
  processor_ = processor_of(loaded, model_name(), settings_.input);
}

void ImageTraining::scan() {
  scans_ = scan_images(parts_.parts(), task_.pictures, settings_.data.on_bad_row, kScanThreads,
                       *parts_.scanned);
  // Known only when the files have been opened: some augmentations work on 8 bits alone.
  const bool has_deep =
      std::any_of(scans_.begin(), scans_.end(), [](const auto& scan) { return scan.has_deep; });
  if (!has_deep) return;
  const std::vector<std::string> problems = find_deep_picture_problems(settings_.augment);
  check(problems.empty(), ErrorKind::user, "{}", join(problems, "\n"));
}

ImageFeed::Options ImageTraining::feed_options() const {
  return {.threads = settings_.data.loader_threads,
          .budget = cache_budget_,
          .cache_folder = cache_folder(settings_.adapt),
          .cached_views = settings_.network.augment_cache};
}

const ImageDataset& ImageTraining::data(EvaluatedPart part) const {
  return part == EvaluatedPart::test ? *parts_.test : *parts_.validation;
}

PartEvaluation& ImageTraining::evaluation(EvaluatedPart part) {
  return part == EvaluatedPart::test ? *test_evaluation_ : *validation_evaluation_;
}

const PartEvaluation& ImageTraining::evaluation(EvaluatedPart part) const {
  return part == EvaluatedPart::test ? *test_evaluation_ : *validation_evaluation_;
}

std::optional<PartEvaluation> ImageTraining::make_evaluation(
    const std::optional<ImageDataset>& data) {
  if (!data) return {};
  // Without augmentation: as `evaluate` and `predict` will see pictures.
  auto pixels = std::make_shared<PixelSource>(*data, *processor_, task_.pictures);
  auto feed = std::make_shared<ImageFeed>(*model_, *pixels, data->size(), feed_options());
  EvaluationInput input =
      image_evaluation_input(*model_, *feed, *data, labels_.problem, labels_.labels);
  // The feed reads from the pixels, and lives as long as the function that asks it.
  input.logits = [pixels, feed, logits = std::move(input.logits)](
                     std::span<const std::int64_t> examples, std::int64_t first) {
    return logits(examples, first);
  };
  return PartEvaluation(*model_, std::move(input), settings_);
}

/// Of what is learnt from and what is evaluated on meanwhile, by content.
Json ImageTraining::data_fingerprint() const {
  const auto parts = parts_.parts();
  Json result = {{"validation_data", Json()}};
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const auto& [name, data] = parts[p];
    if (name == "test") continue;  // judged once, at the end
    // Where pictures were decoded already, their pixels; else their files.
    result[name + "_data"] =
        scans_.empty() ? contents_of(*data).fingerprint : fingerprint(*data, scans_[p].hashes);
  }
  if (!scans_.empty()) return result;
  // What the files' pixels become was not seen: it depends on how they are read.
  for (const config::Field& field : schema_.fields()) {
    if (field.section == kDataSection && !is_place(field.name) && changes_numbers(field.name)) {
      result[field.name] = field.get();
    }
  }
  return result;
}

RunFacts ImageTraining::facts() const {
  RunFacts facts =
      label_run_facts(settings_, labels_, step_->targets(),
                      validation_evaluation_ ? &validation_evaluation_->input() : nullptr);
  facts.task = task_.name;
  facts.model_name = model_name();
  if (settings_.pretrained.model.empty()) facts.model_name += " from scratch";
  facts.data_text = data_text_;
  facts.unit = "pictures";
  facts.bad_rows = parts_.bad_rows();
  facts.fingerprint.update(data_fingerprint());
  facts.fingerprint.update(
      {{"preprocessor", processor_->to_json()},
       {"augment", config::values_of(settings_.augment)},
       {"augment_cache", settings_.network.augment_cache},
       // -1: the head keeps the dropout that it came with.
       {"classifier_dropout", settings_.network.classifier_dropout.value_or(-1)},
       {"channels", task_.pictures.channels}});
  return facts;
}

int ImageTraining::run() {
  folder_.emplace(*model_);
  folder_->keep("preprocessor_config.json", dump_json(processor_->to_json()));
  train_pixels_.emplace(parts_.train, *processor_, task_.pictures, settings_.augment,
                        static_cast<std::uint64_t>(settings_.train.seed));
  step_ = std::make_unique<ImageClassificationStep>(
      *model_, parts_.train, *train_pixels_, targets_of(parts_.train, labels_.problem),
      training_loss(settings_, labels_), settings_.augment, feed_options());
  const std::int64_t batch = settings_.train.per_device_train_batch_size;
  const bool leaves_one = parts_.train.size() % batch == 1 || batch == 1;
  if (leaves_one && !settings_.train.dataloader_drop_last) {
    step_->expect_single_pictures(train_pixels_->shape());
  }
  validation_evaluation_ = make_evaluation(parts_.validation);
  test_evaluation_ = make_evaluation(parts_.test);
  // All parts are there, and nothing is trained: what does not fit is told now.
  if (task_.begin) task_.begin(*this);
  FineTuning run{.facts = facts(),
                 .model = *model_,
                 .step = *step_,
                 .folder = *folder_,
                 .validate = evaluate_function(validation_evaluation_),
                 .test = evaluate_function(test_evaluation_),
                 .report = [this](const FinishedRun& finished) { return report(finished); }};
  if (task_.judge) run.judge = [this](EvaluatedPart part) { task_.judge(*this, part); };
  return fine_tune(run, settings_, schema_);
}

Report ImageTraining::report(const FinishedRun& run) const {
  Report report = run_report(run);
  report.title = task_.title;
  if (train_pixels_->is_random()) {
    report.add(augmented_section(augmented_tiles(parts_.train, *train_pixels_)));
  }
  report.add(data_section(
      summarize_data(statistics_, std::vector<std::string>(parts_.parts().size()), "pictures")));
  if (run.evaluation == nullptr) return report;
  const PartEvaluation& evaluated = evaluation(run.part);
  add_results(evaluated.last(), run.part_name(),
              task_.decided ? task_.decided(*this, run.part) : DecidedResults(), report);
  const ImageDataset& pictures = data(run.part);
  report.add(picture_mistakes_section(
      mistake_tiles(*model_, evaluated.last(), pictures,
                    // As they were evaluated, not as they were trained on.
                    PixelSource(pictures, *processor_, task_.pictures), evaluated.input())));
  return report;
}

}  // namespace attune
