#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/data/image/image_parts.h"
#include "attune/data/labels/order_classes.h"
#include "attune/kernels/linear.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/image_classification/saved_classifier.h"
#include "attune/tasks/image_classification/step.h"
#include "attune/tasks/image_classification/task.h"
#include "attune/tasks/image_classification/unserved.h"

namespace attune {

namespace {

ImageDataSource source_of(const ImageEvaluateData& data) {
  return {data.data_dir, data.manifest, data.data_file, data.root};
}

}  // namespace

void find_evaluate_problems(const ImageEvaluateSettings& settings, config::Schema& schema) {
  const ImageDataSource source = source_of(settings.data);
  if (settings.pretrained.model.empty()) schema.problems().add("--model is missing");
  find_source_problems(source, "--data-dir", schema.problems());
  settings.data.decoding.find_problems(schema.problems());
  if (source.count() == 1) schema.find_unserved({source_trait(source)});
}

AppliedClassifier evaluate_saved(const ImageEvaluateSettings& settings, SavedImageClassifier saved,
                                 config::Schema& schema) {
  const ImageDataSource where = source_of(settings.data);
  saved.pictures.memory = settings.data.decoding.budget();
  ReadImagesOptions read{.columns = settings.columns,
                         .label_kind = label_kind_of(saved.problem),
                         .on_bad_row = settings.data.on_bad_row,
                         .encoding = settings.data.encoding};
  // By the model's labels, in its order: numbers that the data's own folders would give are others.
  if (saved.problem != ProblemType::regression) read.labels = saved.label_map.data_names;
  read.label_numbers = saved.label_map.data_numbers;
  ImageDataset all = read_images(where, read);
  order_classes(all, saved.labels);
  schema.find_unserved({has_any_split(all) ? kGivenParts : kOnePart});
  schema.find_unserved({label_trait(all.label_kind)});
  find_unserved_pictures(all, schema);
  schema.problems().throw_if_any();
  ImageDataset data = part_or_all(std::move(all), settings.data.split, where.name());
  // Batches are made of numbers: what is to be left out must be known before the first one.
  if (settings.data.on_bad_row == OnBadRow::skip) {
    const std::pair<std::string, ImageDataset*> part{where.name(), &data};
    ScannedPictures none;
    scan_images({&part, 1}, saved.pictures, OnBadRow::skip, settings.apply.threads, none);
  }
  if (!data.bad_rows.empty()) {
    log_warning("{}: {} pictures cannot be used and are left out:\n{}", where.name(),
                data.bad_rows.size(), bad_rows_text(data.bad_rows));
  }
  const PixelSource source(data, saved.processor, saved.pictures);
  ImageFeed feed(*saved.model, source, data.size(), {.threads = settings.apply.threads});
  check_prediction_options({.threshold = settings.threshold}, saved.problem);
  EvaluationInput input =
      image_evaluation_input(*saved.model, feed, data, saved.problem, saved.labels);
  input.threshold = settings.threshold.value();
  ClassificationEvaluation evaluation =
      evaluate_classifier(*saved.model, input,
                          {.batch_size = settings.apply.per_device_eval_batch_size,
                           .max_mistakes = 0,
                           // Tasks that judge decisions go on from them.
                           .keep_logits = true});
  return {std::move(saved), std::move(data), where.name(), std::move(evaluation)};
}

void show_evaluation(const ImageEvaluateSettings& settings, const AppliedClassifier& applied) {
  log_info("{} on {} pictures of {}\n{}", settings.pretrained.model,
           with_thousands(applied.evaluation.samples), applied.source,
           evaluation_text(applied.evaluation));
  if (!settings.apply.output_file.empty()) {
    write_file_atomically(settings.apply.output_file,
                          dump_json(evaluation_json(applied.evaluation, "eval_")));
  }
}

void ImageClassification::evaluate(config::Schema& schema) {
  find_evaluate_problems(evaluate_, schema);
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(evaluate_.apply));
  SavedImageClassifier saved =
      open_saved_classifier(evaluate_.pretrained, evaluate_.model, evaluate_.labels,
                            evaluate_.input, {}, evaluate_.apply.device);
  show_evaluation(evaluate_, evaluate_saved(evaluate_, std::move(saved), schema));
}

}  // namespace attune
