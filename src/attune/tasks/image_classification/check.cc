#include "attune/tasks/image_classification/check.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "attune/base/error.h"
#include "attune/data/check/picture_findings.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/encode.h"
#include "attune/media/image/resize.h"
#include "attune/tasks/check/check_report.h"
#include "attune/tasks/classification/doubts/suspects.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/classification/run_check.h"
#include "attune/tasks/image_classification/saved_classifier.h"
#include "attune/tasks/image_classification/step.h"
#include "attune/tasks/image_classification/train.h"
#include "attune/tasks/run/saved/run_folder.h"

namespace attune {
namespace {

constexpr std::int64_t kTileSide = 192;
constexpr int kTileQuality = 80;

/// Small enough for a page of dozens.
ImageTile tile_of(const ImageDataset& data, std::int64_t index, const PictureOptions& pictures) {
  Picture picture = read_picture(data, index, pictures);
  const Size size = size_of(picture);
  const double scale = std::min(
      1.0, static_cast<double>(kTileSide) / static_cast<double>(std::max(size.height, size.width)));
  const auto scaled = [&](std::int64_t side) {
    return std::max<std::int64_t>(1, std::llround(scale * static_cast<double>(side)));
  };
  picture = resize(picture, {scaled(size.height), scaled(size.width)}, Filter::bilinear);
  return {.data_uri = image_data_uri(encode_jpeg(to_image(std::move(picture)), kTileQuality))};
}

/// What the saved model in a folder says of pictures.
std::optional<Belief> believe(const fs::path& model, const ImageDataset& all,
                              const ImageTrainSettings& settings, const PictureOptions& pictures) {
  PretrainedOptions pretrained = settings.pretrained;
  pretrained.model = model.string();
  std::optional<SavedImageClassifier> saved;
  try {
    saved.emplace(open_saved_classifier(pretrained, settings.model, {}, settings.input, pictures,
                                        settings.train.device));
  } catch (const Error& error) {
    // A model that is to be fine-tuned has no head yet: all else can be checked.
    if (error.kind() != ErrorKind::user) throw;
    return {};
  }
  Belief belief{.labels = saved->labels, .probabilities = {}};
  ImageDataset data = all;
  if (saved->problem != ProblemType::single_label_classification ||
      !take_labels_of(belief.labels, data)) {
    return Belief();  // of other labels
  }
  const PixelSource source(data, saved->processor, saved->pictures);
  ImageFeed feed(*saved->model, source, data.size(), {.threads = settings.data.loader_threads});
  belief.probabilities = probabilities_of(
      *saved->model,
      image_evaluation_input(*saved->model, feed, data, saved->problem, saved->labels),
      settings.train.per_device_eval_batch_size);
  return belief;
}

}  // namespace

bool check_image_data(ImageTrainSettings& settings, const CheckOptions& options,
                      const PictureOptions& read, config::Schema& schema) {
  const ImageDataSource source{settings.data.train_dir, settings.data.manifest,
                               settings.data.data_file, settings.data.root};
  find_image_setting_problems(settings, schema.problems());
  schema.problems().throw_if_any();
  complete_arguments(settings.train, true, schema);
  const std::optional<HeldOutPredictions> held_out =
      HeldOutPredictions::read(settings.pretrained.model);
  if (held_out) settings.pretrained.model = held_out->models().front().string();
  if (!settings.pretrained.model.empty()) {
    settle_problem_type(settings.model.problem_type, find_image_model(settings.pretrained));
  }
  const auto problem =
      settings.model.problem_type.value_or(ProblemType::single_label_classification);
  find_classification_problems(settings, problem, true, schema.problems());
  find_image_option_problems(settings.data, label_kind_of(problem), schema);
  schema.problems().throw_if_any();
  use_threads(settings.train.threads);
  PictureOptions pictures = read;
  pictures.memory = settings.data.decoding.budget();
  ImageDataOptions lenient = settings.data;
  lenient.on_bad_row = OnBadRow::skip;
  ImageParts parts;
  std::vector<ImageScan> scans;
  try {
    parts = load_image_parts(lenient, settings.columns, label_kind_of(problem),
                             static_cast<std::uint64_t>(settings.train.seed));
    scans = scan_images(parts.parts(), pictures, OnBadRow::skip, 0, *parts.scanned, true);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return report_check(failed_check(ImageDataset::kUnit, error, settings.data.on_bad_row),
                        source.name(), options);
  }
  if (!parts.validation && !settings.data.split.folds) {
    withdraw_evaluation(settings.train, schema);
    schema.problems().throw_if_any();
  }
  parts.scanned->clear();  // the scans hold what follows needs
  DataCheck check = check_pictures(parts, scans, settings.data.on_bad_row);
  add_run_problems(settings, problem, parts, check);
  if (!settings.pretrained.model.empty()) {
    const fs::path model = settings.pretrained.model;
    const bool has_seen = was_trained_on(
        model,
        {{"train_dir", source.folder}, {"manifest", source.manifest}, {"data_file", source.file}});
    find_suspects<ImageDataset>(
        std::as_const(parts).parts(), model, held_out, has_seen ? Seen::training : Seen::unknown,
        [&](const fs::path& folder, const ImageDataset& data) {
          return believe(folder, data, settings, pictures);
        },
        options.max_suspects, check);
  }
  return report_check(check, source.name(), options, [&](ExampleId id) -> std::optional<ImageTile> {
    const auto all = parts.parts();
    const auto& part = *all[static_cast<std::size_t>(id.part)].second;
    return tile_of(part, id.index, pictures);
  });
}

}  // namespace attune
