#include "attune/data/text/text_dataset.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/data/cell_order.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/read_examples.h"
#include "attune/data/split/groups.h"

namespace attune {
namespace {

/// Text, second text, group, split, then the labels.
CellOrder order_of(const RowReader& rows, const TextDatasetOptions& options) {
  const ColumnMapping& columns = options.columns;
  CellOrder order(columns.text_column);
  const auto add = [&](const std::string& name, bool may_lack) -> std::size_t {
    const bool is_there = std::ranges::find(rows.columns(), name) != rows.columns().end();
    return is_there || !may_lack ? order.add(name) : 0;
  };
  order.add(columns.text_pair_column);
  order.group = add(columns.group_column, columns.may_lack_group);
  order.split = add(columns.split_column, columns.may_lack_split);
  order.add_labels(options.label_kind, columns.label_columns);
  return order;
}

TextExample make_example(const Row& row, const CellOrder& order, bool is_pair,
                         LabelReader& labels) {
  TextExample example;
  if (!row.problem.empty()) throw RowProblem{row.problem};
  if (is_blank_text(row.cells[0])) throw RowProblem{"the text is empty"};
  if (is_pair && is_blank_text(row.cells[1])) throw RowProblem{"the second text is empty"};
  // Before the label: a label that a bad row alone has must not become a class.
  read_place(row, order, example);
  put_label(labels.read(std::span(row.cells).subspan(order.labels)), example);
  example.text = row.cells[0];
  if (is_pair) example.text_pair = row.cells[1];
  example.source = {row.file, row.line};
  return example;
}

}  // namespace

void check_columns_apart(const ColumnMapping& columns, LabelKind kind) {
  const std::string &text = columns.text_column, &pair = columns.text_pair_column;
  check(
      pair.empty() || pair != text, ErrorKind::user,
      "--text-column and --text-pair-column: both are \"{}\"; the second text has a column of its "
      "own",
      text);
  if (kind == LabelKind::none) return;
  for (const std::string& label : columns.label_columns) {
    // The model would be told the answer.
    check(label != text && label != pair, ErrorKind::user,
          "{} and --label-column: both are \"{}\"; the label has a column of its own",
          label == text ? "--text-column" : "--text-pair-column", label);
  }
}

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

TextDataset TextDataset::part(GivenSplit given) const {
  return subset(members_of(*this, given));
}

void TextDataset::take_left_out(TextDataset& whole) {
  bad_rows = std::move(whole.bad_rows);
}

TextDataset load_text_dataset(const fs::path& path, const TextDatasetOptions& options) {
  const auto rows = open_rows(path, options.reader);
  return read_text_dataset(*rows, path.string(), options);
}

TextDataset read_text_dataset(RowReader& rows, const std::string& name,
                              const TextDatasetOptions& options) {
  check_columns_apart(options.columns, options.label_kind);
  // Names of folders are names, whatever they spell.
  const bool keep_default_na = options.keep_default_na && !rows.cells_are_names();
  LabelReader labels({.kind = options.label_kind,
                      .columns = options.columns.label_columns,
                      .names = options.label_names,
                      .numbers = options.label_numbers,
                      .separator = options.label_separator,
                      .keep_default_na = keep_default_na});
  CellOrder order = order_of(rows, options);
  order.keep_default_na = keep_default_na;
  const bool is_pair = !options.columns.text_pair_column.empty();
  rows.select(order.requests);
  TextDataset dataset{.label_kind = options.label_kind};
  const auto make = [&](const Row& row) { return make_example(row, order, is_pair, labels); };
  read_examples(rows, name, labels, options.on_bad_row, make, dataset);
  check_given_groups_apart(dataset, name);
  return dataset;
}

void check_trainable(const TextDataset& dataset, const std::string& name) {
  if (dataset.label_kind != LabelKind::single_label) return;
  check_two_classes(dataset.class_counts(), dataset.label_names, name);
}

}  // namespace attune
