#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/data/labels/order_classes.h"
#include "attune/data/text/text_parts.h"
#include "attune/kernels/linear.h"
#include "attune/nn/device.h"
#include "attune/tasks/text_classification/saved_classifier.h"
#include "attune/tasks/text_classification/task.h"
#include "attune/tasks/text_classification/text_logits.h"

namespace attune {

void TextClassification::evaluate(config::Schema& schema) {
  const TextEvaluateSettings& settings = evaluate_;
  if (settings.pretrained.model.empty()) schema.problems().add("--model is missing");
  if (settings.test_file.empty()) schema.problems().add("--test-file is missing");
  schema.problems().throw_if_any();
  schema.find_unserved({source_trait(settings.test_file)});
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(settings.apply));
  const SavedClassifier saved = open_saved_classifier(
      settings.pretrained, settings.columns, settings.classifier, settings.labels,
      !settings.columns.text_pair_column.empty(), settings.apply.device);
  check(!saved.takes_pairs || !settings.columns.text_pair_column.empty(), ErrorKind::user,
        "{} is a cross-encoder, which was trained on pairs of texts: name the column of the second "
        "one, --text-pair-column",
        settings.pretrained.model);
  TextDatasetOptions options =
      dataset_options(settings.columns, settings.encoding, label_kind_of(saved.problem));
  // Where its name comes from the settings of the run, a table of new data need not have it.
  options.columns.may_lack_group = true;
  options.columns.may_lack_split = !schema.find("split_column")->asked_for;
  options.on_bad_row = settings.on_bad_row;
  // The model's labels in its order, so that ids mean the same on both sides.
  if (saved.problem != ProblemType::regression) options.label_names = saved.labels.data_names;
  options.label_numbers = saved.labels.data_numbers;
  TextDataset texts = load_text_dataset(settings.test_file, options);
  order_classes(texts, saved.labels.names);
  schema.find_unserved({has_any_split(texts) ? kGivenParts : kOnePart});
  schema.find_unserved({label_trait(texts.label_kind)});
  schema.problems().throw_if_any();
  const TextData data =
      tokenize_dataset(part_or_all(std::move(texts), settings.split, settings.test_file),
                       saved.tokenizer, saved.max_length, settings.apply.threads);
  if (!data.dataset.bad_rows.empty()) {
    log_warning("{}: {} cannot be used and are left out, first {}", settings.test_file,
                count_bad_rows(data.dataset.bad_rows), data.dataset.bad_rows.front().text());
  }
  warn_of_unknown_tokens(data.unknown_tokens, data.text_tokens, settings.test_file);
  EvaluationInput input = text_evaluation_input(data, saved.problem, saved.info.labels);
  input.threshold = settings.threshold.value();
  check_prediction_options({.threshold = settings.threshold}, saved.problem);
  input.logits = [&](std::span<const std::int64_t> examples, std::int64_t) {
    return saved.model->forward(to_device(data.tokens.pack(examples), device_of(*saved.model)));
  };
  const ClassificationEvaluation evaluation = evaluate_classifier(
      *saved.model, input,
      // Mistakes are for reports, which training writes.
      {.batch_size = settings.apply.per_device_eval_batch_size, .max_mistakes = 0});
  log_info("{} on {} texts of {}\n{}", settings.pretrained.model,
           with_thousands(evaluation.samples), settings.test_file, evaluation_text(evaluation));
  if (!settings.apply.output_file.empty()) {
    write_file_atomically(settings.apply.output_file,
                          dump_json(evaluation_json(evaluation, "eval_")));
  }
}

}  // namespace attune
