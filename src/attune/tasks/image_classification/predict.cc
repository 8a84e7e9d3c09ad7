#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/data/folder_files.h"
#include "attune/data/image/image_manifest.h"
#include "attune/data/image/image_parts.h"
#include "attune/data/image/picture_list.h"
#include "attune/data/image/pictures/picture_files.h"
#include "attune/kernels/linear.h"
#include "attune/tasks/image_classification/predictor.h"
#include "attune/tasks/image_classification/task.h"
#include "attune/tasks/image_classification/unserved.h"
#include "attune/tasks/run/predict/input_files.h"
#include "attune/tasks/run/predict/table_inputs.h"

namespace attune {
namespace {

/// What training would learn from, so that a folder of it is all predicted.
void add_folder(const fs::path& folder, std::vector<std::string>& files) {
  FoundPictures found = find_pictures(folder);
  if (!found.left_out.empty()) {
    // A warning: messages are left out where standard output is for data.
    log_warning("{}: {} files are left out: they are no pictures by their names ({})",
                folder.string(), with_thousands(static_cast<long long>(found.left_out.size())),
                count_endings(found.left_out));
  }
  check(!found.pictures.empty(), ErrorKind::user, "--input: there is no picture in {}{}",
        folder.string(),
        found.left_out.empty() ? "" : fmt::format(" ({})", count_endings(found.left_out)));
  std::ranges::move(found.pictures, std::back_inserter(files));
}

ReaderOptions reader_of(const ImagePredictSettings& settings, FileFinder& files) {
  const ReaderOptions options = reader_options(settings.columns.table, settings.data.encoding);
  if (settings.data.manifest == "-") return options;
  return picture_list_options(settings.data.manifest, options, settings.columns.image_column, "",
                              files);
}

/// The pictures of a table, row by row.
class ManifestInputs {
 public:
  explicit ManifestInputs(const ImagePredictSettings& settings)
      : settings_(settings),
        files_(picture_finder(table_root(settings.data.manifest, settings.data.root),
                              settings.columns.image_suffix)),
        rows_(open_table(settings.data.manifest, reader_of(settings, files_),
                         settings.columns.image_column),
              {settings.columns.image_column}, settings.data.keep_columns) {}

  const std::vector<std::string>& kept() const { return rows_.kept(); }

  std::optional<PredictInput> next() {
    std::optional<TableInput> row = rows_.next();
    if (!row) return {};
    PredictInput input{.kept = std::move(row->kept), .problem = row->problem};
    if (input.problem.empty()) {
      try {
        input.question = {{"file", files_.find(row->cells[0])}};
      } catch (const RowProblem& problem) {
        input.problem = fmt::format("{}: {}", row->where, problem.reason);
      }
    }
    check(input.problem.empty() || settings_.data.on_bad_row == OnBadRow::skip, ErrorKind::data,
          "{}; --on-bad-row skip says so on its line and goes on", input.problem);
    return input;
  }

 private:
  const ImagePredictSettings& settings_;
  FileFinder files_;
  TableInputs rows_;
};

NextInput files_of(std::vector<std::string> files) {
  return [files = std::move(files), n = std::size_t{0}]() mutable -> std::optional<PredictInput> {
    if (n == files.size()) return {};
    return PredictInput{.question = {{"file", files[n++]}}};
  };
}

std::vector<AnswerColumn> table_columns(const PredictionStyle& style) {
  std::vector<AnswerColumn> columns = {key_column("file")};
  columns.insert(columns.end(), style.columns.begin(), style.columns.end());
  columns.push_back(key_column("error"));
  return columns;
}

}  // namespace

void find_predict_problems(const ImagePredictSettings& settings, config::Schema& schema) {
  const ImagePredictData& data = settings.data;
  if (settings.pretrained.model.empty()) schema.problems().add("--model is missing");
  data.decoding.find_problems(schema.problems());
  if (data.input.empty() == data.manifest.empty()) {
    schema.problems().add(data.input.empty() ? "--input is missing (or --manifest)"
                                             : "give either --input or --manifest");
  }
  if (data.manifest.empty()) {
    schema.find_unserved({kGivenPictures});
  } else if (data.manifest == "-") {
    schema.find_unserved({kDelimitedTable, kJsonTable});
  } else {
    schema.find_unserved({source_trait(ImageDataSource{.manifest = data.manifest})});
  }
}

void predict_images(const ImagePredictSettings& settings, SavedImageClassifier saved,
                    PredictionStyle style, config::Schema& schema) {
  saved.pictures.memory = settings.data.decoding.budget();
  PredictOptions options{
      // As many as are in memory as pixels: answers come as batches end.
      .inputs_at_once = static_cast<std::size_t>(settings.apply.per_device_eval_batch_size),
      .unit = "pictures",
      .output = {.file = settings.apply.output_file,
                 .columns = table_columns(style),
                 .list_separator = separator_of_cells(saved.problem, saved.labels,
                                                      settings.columns.label_separator,
                                                      settings.apply.output_file)}};
  NextInput next;
  if (settings.data.manifest.empty()) {
    std::vector<std::string> files = list_input_files(settings.data.input, add_folder);
    find_unserved_pictures(files, schema);
    schema.problems().throw_if_any();
    options.total = static_cast<std::int64_t>(files.size());
    next = files_of(std::move(files));
  } else {
    const auto rows = std::make_shared<ManifestInputs>(settings);
    options.output.kept = rows->kept();
    next = [rows] { return rows->next(); };
  }
  ImagePredictor predictor(std::move(saved), std::move(style),
                           {.batch_size = settings.apply.per_device_eval_batch_size,
                            .threads = settings.apply.threads,
                            .on_bad_picture = settings.data.on_bad_row});
  predict_lines(predictor, next, options);
}

void ImageClassification::predict(config::Schema& schema) {
  find_predict_problems(predict_, schema);
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(predict_.apply));
  SavedImageClassifier saved =
      open_saved_classifier(predict_.pretrained, predict_.model, predict_.labels, predict_.input,
                            {}, predict_.apply.device);
  PredictionStyle style = plain_style(saved, predict_.prediction);
  predict_images(predict_, std::move(saved), std::move(style), schema);
}

}  // namespace attune
