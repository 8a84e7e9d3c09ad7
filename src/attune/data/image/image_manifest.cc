#include "attune/data/image/image_manifest.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/cell_order.h"
#include "attune/data/image/picture_list.h"
#include "attune/data/image/pictures/picture_files.h"
#include "attune/data/image/pictures/picture_finder.h"
#include "attune/data/image/rows_of_a_file.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/read_examples.h"
#include "attune/data/split/groups.h"

namespace attune {
namespace {

/// Path, split, group, subgroups, then the labels.
CellOrder order_of(const ImageManifestOptions& options) {
  const ImageColumns& columns = options.columns;
  CellOrder order(columns.image_column);
  order.split = order.add(columns.split_column);
  order.group = order.add(columns.group_column);
  for (const std::string& name : columns.subgroup_columns) order.add(name);
  order.add_labels(options.label_kind, columns.label_columns);
  return order;
}

ImageExample make_example(const Row& row, const CellOrder& order,
                          const ImageManifestOptions& options, FileFinder& files,
                          LabelReader& labels) {
  if (!row.problem.empty()) throw RowProblem{row.problem};
  ImageExample example;
  example.path = files.find(row.cells[0]);
  read_place(row, order, example);
  const std::size_t subgroups = options.columns.subgroup_columns.size();
  for (std::size_t cell = order.labels - subgroups; cell < order.labels; ++cell) {
    const std::string value = label_key(row.cells[cell]);
    const bool is_missing = options.keep_default_na && means_missing(value);
    example.subgroups.emplace_back(is_missing ? "" : value);
  }
  put_label(labels.read(std::span(row.cells).subspan(order.labels)), example);
  example.file = row.file;
  example.line = row.line;
  return example;
}

}  // namespace

ImageDataset read_image_manifest(const fs::path& path, const ImageManifestOptions& options) {
  std::error_code ignored;
  check(
      !fs::is_directory(path, ignored), ErrorKind::user,
      "--manifest: {} is a folder, expected a table; a folder of pictures is given as --train-dir "
      "(train, check), --data-dir (evaluate) or --input (predict)",
      path.string());
  ImageManifestOptions complete = options;
  complete.root = table_root(path, options.root);
  FileFinder files = picture_finder(complete.root, options.image_suffix);
  const auto& labels = options.columns.label_columns;
  const auto rows = open_rows(
      path,
      picture_list_options(
          path, options.reader, options.columns.image_column,
          options.label_kind == LabelKind::none || labels.empty() ? "" : labels.front(), files));
  return read_image_rows(*rows, path.string(), complete);
}

ImageDataset read_image_rows(RowReader& rows, const std::string& name,
                             const ImageManifestOptions& options) {
  LabelReader labels({.kind = options.label_kind,
                      .columns = options.columns.label_columns,
                      .names = options.label_names,
                      .numbers = options.label_numbers,
                      .separator = options.label_separator,
                      .allow_unknown = true,
                      .uncertain = options.uncertain_labels,
                      .blank = options.blank_labels,
                      .whole_decimals = true,
                      .keep_default_na = options.keep_default_na});
  CellOrder order = order_of(options);
  order.keep_default_na = options.keep_default_na;
  rows.select(order.requests);
  ImageDataset dataset{.label_kind = options.label_kind,
                       .subgroup_columns = options.columns.subgroup_columns};
  FileFinder files = picture_finder(options.root, options.image_suffix);
  const auto make = [&](const Row& row) {
    return make_example(row, order, options, files, labels);
  };
  read_examples(rows, name, labels, options.on_bad_row, make, dataset);
  join_rows_of_a_file(dataset, name);
  check_given_groups_apart(dataset, name);
  return dataset;
}

}  // namespace attune
