#include "attune/data/text/text_dataset.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/read_examples.h"

namespace attune {
namespace {

std::vector<ColumnRequest> column_requests(const TextDatasetOptions& options) {
  const ColumnMapping& columns = options.columns;
  std::vector<ColumnRequest> requests = {{columns.text_column}};
  if (!columns.text_pair_column.empty()) requests.push_back({columns.text_pair_column});
  if (options.label_kind == LabelKind::none) return requests;
  const bool is_list =
      options.label_kind == LabelKind::multi_label && columns.label_columns.size() == 1;
  for (const std::string& name : columns.label_columns) requests.push_back({name, is_list});
  return requests;
}

TextExample make_example(Row& row, bool has_pair, LabelReader& labels) {
  TextExample example;
  if (!row.problem.empty()) throw RowProblem{row.problem};
  if (trim(row.cells[0]).empty()) throw RowProblem{"the text is empty"};
  if (has_pair && trim(row.cells[1]).empty()) throw RowProblem{"the second text is empty"};
  Label label = labels.read(std::span(row.cells).subspan(has_pair ? 2 : 1));
  example.label = label.id;
  example.label_set = std::move(label.set);
  example.target = label.target;
  example.text = row.cells[0];
  if (has_pair) example.text_pair = row.cells[1];
  example.source = {row.file, row.line};
  return example;
}

}  // namespace

std::string TextDataset::source_name(std::int64_t example) const {
  const SourceId& source = examples[static_cast<std::size_t>(example)].source;
  const std::string& file = files[static_cast<std::size_t>(source.file)];
  return source.line == 0 ? file : fmt::format("{}:{}", file, source.line);
}

std::vector<std::int64_t> TextDataset::class_ids() const {
  return class_ids_of(*this);
}

std::vector<std::int64_t> TextDataset::class_counts() const {
  return class_counts_of(*this);
}

std::vector<float> TextDataset::label_row(std::int64_t example) const {
  std::vector<float> row(label_names.size());
  for (const std::int64_t id : examples[static_cast<std::size_t>(example)].label_set) {
    row[static_cast<std::size_t>(id)] = 1;
  }
  return row;
}

TextDataset TextDataset::subset(std::span<const std::int64_t> chosen) const {
  TextDataset result{label_kind, label_names, {}, files, {}};
  result.examples.reserve(chosen.size());
  for (const std::int64_t i : chosen) {
    check(i >= 0 && i < size(), ErrorKind::internal, "example {} of {} was asked for", i, size());
    result.examples.push_back(examples[static_cast<std::size_t>(i)]);
  }
  return result;
}

TextDataset load_text_dataset(const fs::path& path, const TextDatasetOptions& options) {
  const auto rows = open_rows(path, options.reader);
  return read_text_dataset(*rows, path.string(), options);
}

TextDataset read_text_dataset(RowReader& rows, const std::string& name,
                              const TextDatasetOptions& options) {
  LabelReader labels({options.label_kind, options.columns.label_columns, options.label_names,
                      options.label_separator});
  rows.select(column_requests(options));
  TextDataset dataset{.label_kind = options.label_kind};
  const bool has_pair = !options.columns.text_pair_column.empty();
  const auto make = [&](Row& row) { return make_example(row, has_pair, labels); };
  read_examples(rows, name, labels, options.on_bad_row, make, dataset);
  return dataset;
}

void check_trainable(const TextDataset& dataset, const std::string& name) {
  if (dataset.label_kind != LabelKind::single_label) return;
  check_two_classes(dataset.class_counts(), dataset.label_names, name);
}

}  // namespace attune
