#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/data/readers/row_reader.h"
#include "attune/data/text/text_parts.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/text_classification/predictor.h"
#include "attune/tasks/text_classification/task.h"

namespace attune {
namespace {

constexpr std::size_t kTextsAtOnce = 8192;  // in memory, sorted by length

/// The texts of a table, row by row.
NextInput rows_of(const TextPredictSettings& settings) {
  // Only the reader's options count: there are no labels to read.
  ReaderOptions options = reader_options(settings.columns.table, settings.encoding);
  if (fs::path(settings.input_file).extension() == ".txt") {
    options.column_names = {settings.columns.text_column};
  }
  std::shared_ptr<RowReader> rows = open_rows(settings.input_file, options);
  std::vector<ColumnRequest> columns = {{settings.columns.text_column}};
  const bool pairs = !settings.columns.text_pair_column.empty();
  if (pairs) columns.push_back({settings.columns.text_pair_column});
  rows->select(columns);
  return [rows, pairs]() -> std::optional<Json> {
    Row row;
    if (!rows->next(row)) return {};
    // A row left out would shift the answers against the inputs.
    check(row.problem.empty(), ErrorKind::data, "{}:{}: {}",
          rows->files()[static_cast<std::size_t>(row.file)], row.line, row.problem);
    Json input = {{"text", row.cells[0]}};
    if (pairs) input["text_pair"] = row.cells[1];
    return input;
  };
}

/// `seconds` is empty or as long as `texts`.
NextInput texts_of(const config::Texts& texts, const config::Texts& seconds) {
  return [&texts, &seconds, next = std::size_t{0}]() mutable -> std::optional<Json> {
    if (next == texts.size()) return {};
    Json input = {{"text", texts[next]}};
    if (!seconds.empty()) input["text_pair"] = seconds[next];
    ++next;
    return input;
  };
}

}  // namespace

void TextClassification::predict(config::Schema& schema) {
  const TextPredictSettings& settings = predict_;
  if (settings.text.empty() == settings.input_file.empty()) {
    schema.problems().add("give either --text or --input-file");
  }
  if (!settings.text_pair.empty() && settings.text_pair.size() != settings.text.size()) {
    schema.problems().add(fmt::format("--text-pair: {} second texts are given for {} of --text",
                                      settings.text_pair.size(), settings.text.size()));
  }
  schema.find_unserved(
      {settings.input_file.empty() ? kGivenTexts : source_trait(settings.input_file)});
  schema.problems().throw_if_any();
  use_threads(settings.apply.threads);
  const bool has_pairs = settings.input_file.empty() ? !settings.text_pair.empty()
                                                     : !settings.columns.text_pair_column.empty();
  TextPredictor predictor(
      open_saved_classifier(settings.pretrained, settings.columns, settings.classifier,
                            settings.labels, has_pairs, settings.apply.device),
      settings.apply.per_device_eval_batch_size, settings.apply.threads);
  predict_lines(
      predictor,
      settings.input_file.empty() ? texts_of(settings.text, settings.text_pair) : rows_of(settings),
      {.inputs_at_once = kTextsAtOnce, .unit = "texts", .output_file = settings.apply.output_file});
}

}  // namespace attune
