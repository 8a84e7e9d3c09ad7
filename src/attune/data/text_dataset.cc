#include "attune/data/text_dataset.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"
#include "attune/data/label_reader.h"

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
  labels.read(std::span(row.cells).subspan(has_pair ? 2 : 1), example);
  example.text = row.cells[0];
  if (has_pair) example.text_pair = row.cells[1];
  example.source = {row.file, row.line};
  return example;
}

/// Where all classes read like numbers, they must be whole ones.
void check_not_decimals(const TextDataset& dataset, const LabelNames& names) {
  std::vector<bool> is_decimal;
  for (const std::string& name : names.names()) {
    const LabelShape shape = label_shape(name);
    if (shape == LabelShape::name) return;
    is_decimal.push_back(shape == LabelShape::decimal);
  }
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    const TextExample& example = dataset.examples[static_cast<std::size_t>(i)];
    std::vector<std::int64_t> ids = example.label_set;
    if (example.label >= 0) ids.push_back(example.label);
    for (const std::int64_t id : ids) {
      check(!is_decimal[static_cast<std::size_t>(id)], ErrorKind::data,
            "{}: the label \"{}\" is a decimal number, expected a class name or a whole number; "
            "for scores use --problem-type regression, for classes write 1 instead of 1.0",
            dataset.source_name(i), names.names()[static_cast<std::size_t>(id)]);
    }
  }
}

/// Gives the classes that were found in the data their final ids.
void settle_classes(TextDataset& dataset, LabelReader& labels, const std::string& name) {
  if (!labels.names_given()) {
    check_not_decimals(dataset, labels.names());
    const auto new_ids = labels.names().sort();
    const auto renumber = [&](std::int64_t id) { return new_ids[static_cast<std::size_t>(id)]; };
    for (TextExample& example : dataset.examples) {
      if (example.label >= 0) example.label = renumber(example.label);
      for (std::int64_t& id : example.label_set) id = renumber(id);
      std::sort(example.label_set.begin(), example.label_set.end());
    }
  }
  dataset.label_names = labels.names().names();
  const bool has_classes = dataset.label_kind != LabelKind::regression;
  check(!has_classes || !dataset.label_names.empty(), ErrorKind::data,
        "{}: no row has a label, expected classes in the label column", name);
  if (!labels.names_given()) check_trainable(dataset, name);
  if (has_classes && dataset.size() >= 20 && labels.names().size() * 2 > dataset.size()) {
    log_warning("{}: {} classes in {} rows; is the label column right?", name,
                labels.names().size(), dataset.size());
  }
}

}  // namespace

std::string TextDataset::source_name(std::int64_t example) const {
  const SourceId& source = examples[static_cast<std::size_t>(example)].source;
  const std::string& file = files[static_cast<std::size_t>(source.file)];
  return source.line == 0 ? file : fmt::format("{}:{}", file, source.line);
}

std::vector<std::int64_t> TextDataset::class_ids() const {
  check(label_kind == LabelKind::single_label, ErrorKind::internal,
        "class_ids() of a dataset without one class per example");
  std::vector<std::int64_t> ids;
  ids.reserve(examples.size());
  for (const TextExample& example : examples) ids.push_back(example.label);
  return ids;
}

std::vector<std::int64_t> TextDataset::class_counts() const {
  std::vector<std::int64_t> counts(label_names.size());
  for (const TextExample& example : examples) {
    if (example.label >= 0) ++counts[static_cast<std::size_t>(example.label)];
    for (const std::int64_t id : example.label_set) ++counts[static_cast<std::size_t>(id)];
  }
  return counts;
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
  LabelReader labels(options);
  rows.select(column_requests(options));
  TextDataset dataset{options.label_kind, {}, {}, rows.files(), {}};
  BadRowCollector bad(options.on_bad_row);
  const bool has_pair = !options.columns.text_pair_column.empty();
  std::int64_t total = 0;
  for (Row row; rows.next(row); ++total) {
    try {
      dataset.examples.push_back(make_example(row, has_pair, labels));
    } catch (const RowProblem& problem) {
      bad.add({rows.files()[static_cast<std::size_t>(row.file)], row.line, problem.reason});
    }
  }
  check(total > 0, ErrorKind::data, "{}: the file has a header but no rows", name);
  bad.finish(name, total, labels.has_unknown() ? labels.names().list_text() : "");
  check(!dataset.examples.empty(), ErrorKind::data,
        "{}: none of the {} rows can be used; the first: {}", name, with_thousands(total),
        bad.count() > 0 ? bad.rows().front().text() : "");
  if (options.label_kind != LabelKind::none) settle_classes(dataset, labels, name);
  dataset.bad_rows = bad.rows();
  return dataset;
}

void check_trainable(const TextDataset& dataset, const std::string& name) {
  if (dataset.label_kind != LabelKind::single_label) return;
  const auto counts = dataset.class_counts();
  const auto present = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  if (present >= 2) return;
  const auto only = std::find_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  fail(ErrorKind::data,
       "{}: all {} rows have the label \"{}\", expected at least two classes; is the label column "
       "right?",
       name, with_thousands(dataset.size()),
       only == counts.end() ? ""
                            : dataset.label_names[static_cast<std::size_t>(only - counts.begin())]);
}

}  // namespace attune
