#include <optional>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/progress.h"
#include "attune/data/readers/row_reader.h"
#include "attune/data/sampler.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/classification/loss.h"
#include "attune/tasks/classification/prediction.h"
#include "attune/tasks/text_classification/saved_classifier.h"
#include "attune/tasks/text_classification/task.h"
#include "attune/tasks/text_classification/text_data.h"

namespace attune {
namespace {

constexpr std::size_t kChunk = 8192;  // texts in memory at a time

class Predictor {
 public:
  Predictor(const SavedClassifier& saved, std::int64_t batch_size, std::int64_t threads)
      : saved_(saved), batch_size_(batch_size), threads_(threads), loss_(saved.problem, {}) {}

  /// One line of JSON for each input, in order.
  std::vector<std::string> run(std::vector<TextExample> inputs) const {
    const at::NoGradGuard no_grad;
    const TokenStore tokens = tokenize_dataset({.examples = std::move(inputs)}, saved_.tokenizer,
                                               saved_.max_length, threads_)
                                  .tokens;
    const BatchSampler sampler(tokens.lengths(),
                               {.order = SamplingOrder::by_length, .batch_size = batch_size_});
    const EpochBatches batches = sampler.epoch_batches(0);
    std::vector<std::string> lines(static_cast<std::size_t>(tokens.size()));
    for (std::int64_t b = 0; b < batches.size(); ++b) {
      const auto examples = batches[b];
      const at::Tensor scores =
          loss_.probabilities(saved_.model->forward(tokens.pack(examples))).contiguous();
      const auto width = static_cast<std::size_t>(scores.size(1));
      for (std::size_t n = 0; n < examples.size(); ++n) {
        const std::span row(scores.const_data_ptr<float>() + n * width, width);
        lines[static_cast<std::size_t>(examples[n])] =
            dump_json_line(describe_prediction(row, saved_.problem, saved_.info.labels)) + "\n";
      }
    }
    return lines;
  }

 private:
  const SavedClassifier& saved_;
  std::int64_t batch_size_, threads_;
  ClassificationLoss loss_;
};

void predict_file(const TextPredictSettings& settings, const Predictor& predictor, LineSink& sink) {
  ReaderOptions options = dataset_options(settings.columns, ProblemType::regression).reader;
  if (fs::path(settings.input_file).extension() == ".txt") {
    options.column_names = {settings.columns.text_column};
  }
  const auto rows = open_rows(settings.input_file, options);
  std::vector<ColumnRequest> columns = {{settings.columns.text_column}};
  const bool pairs = !settings.columns.text_pair_column.empty();
  if (pairs) columns.push_back({settings.columns.text_pair_column});
  rows->select(columns);
  std::vector<TextExample> chunk;
  std::int64_t done = 0;
  const auto flush = [&] {
    if (chunk.empty()) return;
    done += static_cast<std::int64_t>(chunk.size());
    sink.write(predictor.run(std::exchange(chunk, {})));
    report_progress({.activity = "predict", .done = done, .unit = "texts"});
  };
  for (Row row; rows->next(row);) {
    check(row.problem.empty(), ErrorKind::data, "{}:{}: {}",
          rows->files()[static_cast<std::size_t>(row.file)], row.line, row.problem);
    chunk.push_back(
        {.text = row.cells[0], .text_pair = pairs ? std::optional(row.cells[1]) : std::nullopt});
    if (chunk.size() == kChunk) flush();
  }
  flush();
}

}  // namespace

void TextClassification::predict(config::Schema& schema) {
  const TextPredictSettings& settings = predict_;
  if (settings.text.empty() == settings.input_file.empty()) {
    schema.problems().add("give either --text or --input-file");
  }
  schema.problems().throw_if_any();
  use_threads(settings.apply.threads);
  const SavedClassifier saved =
      open_saved_classifier(settings.pretrained, settings.columns, settings.classifier);
  const Predictor predictor(saved, settings.apply.per_device_eval_batch_size,
                            settings.apply.threads);
  LineSink sink(settings.apply.output_file);
  if (!settings.input_file.empty()) {
    predict_file(settings, predictor, sink);
  } else {
    std::vector<TextExample> inputs;
    for (const std::string& text : settings.text) inputs.push_back({.text = text});
    sink.write(predictor.run(std::move(inputs)));
  }
  sink.finish();
}

}  // namespace attune
