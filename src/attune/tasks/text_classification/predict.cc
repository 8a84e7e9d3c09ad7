#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/readers/table_options.h"
#include "attune/data/text/text_dataset.h"
#include "attune/kernels/linear.h"
#include "attune/tasks/run/predict/table_inputs.h"
#include "attune/tasks/text_classification/predictor.h"
#include "attune/tasks/text_classification/task.h"

namespace attune {
namespace {

constexpr std::size_t kTextsAtOnce = 8192;  // in memory, sorted by length

std::unique_ptr<RowReader> open_texts(const TextPredictSettings& settings) {
  ReaderOptions options = reader_options(settings.columns.table, settings.encoding);
  options.format = settings.input_format;
  const TableFormat format =
      options.format != TableFormat::automatic ? options.format : table_format(settings.input_file);
  if (format == TableFormat::txt) options.column_names = {settings.columns.text_column};
  return open_table(settings.input_file, options, settings.columns.text_column);
}

/// The texts of a table, row by row. A row that cannot be used has its line all the same: one left
/// out would shift the answers against the inputs.
NextInput rows_of(std::shared_ptr<TableInputs> rows) {
  return [rows]() -> std::optional<PredictInput> {
    std::optional<TableInput> row = rows->next();
    if (!row) return {};
    PredictInput input{.kept = std::move(row->kept), .problem = row->problem};
    if (!input.problem.empty()) return input;
    constexpr const char* kNames[] = {"text", "second text"};
    for (std::size_t i = 0; i < row->cells.size() && input.problem.empty(); ++i) {
      if (!is_blank_text(row->cells[i])) continue;
      input.problem = fmt::format("{}: the {} is empty", row->where, kNames[i]);
    }
    input.question = {{"text", row->cells[0]}};
    if (row->cells.size() > 1) input.question["text_pair"] = row->cells[1];
    return input;
  };
}

/// `seconds` is empty or as long as `texts`.
NextInput texts_of(const config::Texts& texts, const config::Texts& seconds) {
  return [&texts, &seconds, next = std::size_t{0}]() mutable -> std::optional<PredictInput> {
    if (next == texts.size()) return {};
    const std::string& text = texts[next];
    PredictInput input{.question = {{"text", text}}};
    const bool is_pair = !seconds.empty();
    if (is_pair) input.question["text_pair"] = seconds[next];
    const bool lacks_second = is_pair && is_blank_text(seconds[next]);
    ++next;
    if (lacks_second) input.problem = fmt::format("--text-pair {}: the text is empty", next);
    if (is_blank_text(text)) input.problem = fmt::format("--text {}: the text is empty", next);
    return input;
  };
}

/// What the inputs may be: of a pipe only its first line tells more.
std::vector<config::Trait> sources_of(const TextPredictSettings& settings) {
  if (settings.input_file.empty()) return {kGivenTexts};
  switch (settings.input_format) {
    case TableFormat::automatic:
      break;
    case TableFormat::txt:
      return {kTextLines};
    case TableFormat::jsonl:
      return {kJsonTable};
    default:
      return {kDelimitedTable};
  }
  if (settings.input_file == "-") return {kDelimitedTable, kJsonTable, kTextLines};
  return {source_trait(settings.input_file)};
}

void find_predict_problems(const TextPredictSettings& settings, config::Schema& schema) {
  if (settings.text.empty() && settings.input_file.empty()) {
    schema.problems().add("give either --text or --input-file");
  }
  if (!settings.text.empty() && !settings.input_file.empty()) {
    schema.problems().add("both --text and --input-file are given; leave one of them out");
  }
  if (!settings.text_pair.empty() && settings.text_pair.size() != settings.text.size()) {
    schema.problems().add(fmt::format("--text-pair: {} second texts are given for {} of --text",
                                      settings.text_pair.size(), settings.text.size()));
  }
  if (settings.pretrained.model.empty()) schema.problems().add("--model is missing");
  schema.find_unserved(sources_of(settings));
}

/// What one should know of predictions that are there.
void warn_of_cut(std::int64_t inputs, const TextPredictor& predictor) {
  if (predictor.truncated() == 0) return;
  log_warning("{} of {} texts are longer than {} tokens, and were cut: their lines say truncated",
              with_thousands(predictor.truncated()), with_thousands(inputs),
              predictor.max_length());
}

}  // namespace

void TextClassification::predict(config::Schema& schema) {
  const TextPredictSettings& settings = predict_;
  find_predict_problems(settings, schema);
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(settings.apply));
  const bool has_pairs = settings.input_file.empty() ? !settings.text_pair.empty()
                                                     : !settings.columns.text_pair_column.empty();
  std::shared_ptr<TableInputs> rows;
  if (!settings.input_file.empty()) {
    std::vector<std::string> asked = {settings.columns.text_column};
    const std::string& pair = settings.columns.text_pair_column;
    if (!pair.empty()) asked.push_back(pair);
    check_columns_apart({.text_column = asked.front(), .text_pair_column = pair}, LabelKind::none);
    rows = std::make_shared<TableInputs>(open_texts(settings), asked, settings.keep_columns);
  }
  TextPredictor predictor(
      open_saved_classifier(settings.pretrained, settings.columns, settings.classifier,
                            settings.labels, has_pairs, settings.apply.device),
      {.batch_size = settings.apply.per_device_eval_batch_size,
       .threads = settings.apply.threads,
       .prediction = settings.prediction});
  const std::int64_t inputs = predict_lines(
      predictor, rows ? rows_of(rows) : texts_of(settings.text, settings.text_pair),
      {.inputs_at_once = kTextsAtOnce,
       .unit = "texts",
       .output = {.file = settings.apply.output_file,
                  .kept = rows ? rows->kept() : std::vector<std::string>(),
                  .columns = predictor.columns(),
                  .list_separator = predictor.list_separator(settings.columns.label_separator,
                                                             settings.apply.output_file)}});
  warn_of_cut(inputs, predictor);
}

}  // namespace attune
