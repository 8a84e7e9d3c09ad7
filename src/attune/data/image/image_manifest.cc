#include "attune/data/image/image_manifest.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/cell_order.h"
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

/// The file that `text` names under `root`. Throws `RowProblem`.
std::string resolve(const std::string& text, const fs::path& root) {
  if (trim(text).empty()) throw RowProblem{"the path is empty"};
  const std::string shown = shorten_utf8(text, 200);
  // Tables come from elsewhere: a path must not name a file outside of the root that the user gave.
  fs::path relative = fs::path(text).lexically_normal();
  if (relative.is_absolute()) {
    relative = relative.lexically_relative(fs::absolute(root).lexically_normal());
  }
  if (relative.empty() || *relative.begin() == ".." || text.find('\0') != std::string::npos) {
    throw RowProblem{
        fmt::format("the path \"{}\" leaves the folder {}; give the folder that all "
                    "pictures are in as --root",
                    shown, root.string())};
  }
  const fs::path path = root / relative;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    throw RowProblem{fmt::format("there is no file {}", path.string())};
  }
  return path.string();
}

ImageExample make_example(const Row& row, const CellOrder& order,
                          const ImageManifestOptions& options, LabelReader& labels) {
  if (!row.problem.empty()) throw RowProblem{row.problem};
  ImageExample example;
  example.path = resolve(row.cells[0], options.root);
  read_place(row, order, example);
  const std::size_t subgroups = options.columns.subgroup_columns.size();
  for (std::size_t cell = order.labels - subgroups; cell < order.labels; ++cell) {
    example.subgroups.emplace_back(trim(row.cells[cell]));
  }
  Label label = labels.read(std::span(row.cells).subspan(order.labels));
  example.label = label.id;
  example.label_set = std::move(label.set);
  example.label_unknown = std::move(label.unknown);
  example.target = label.target;
  example.file = row.file;
  example.line = row.line;
  return example;
}

}  // namespace

ImageDataset read_image_manifest(const fs::path& path, const ImageManifestOptions& options) {
  ImageManifestOptions complete = options;
  if (complete.root.empty()) complete.root = path.parent_path();
  // A bare file name has no parent.
  if (complete.root.empty()) complete.root = ".";
  std::error_code ignored;
  check(fs::is_directory(complete.root, ignored), ErrorKind::user, "{}: there is no such folder",
        complete.root.string());
  const auto rows = open_rows(path, options.reader);
  return read_image_rows(*rows, path.string(), complete);
}

ImageDataset read_image_rows(RowReader& rows, const std::string& name,
                             const ImageManifestOptions& options) {
  LabelReader labels({.kind = options.label_kind,
                      .columns = options.columns.label_columns,
                      .names = options.label_names,
                      .separator = options.label_separator,
                      .allow_unknown = true});
  const CellOrder order = order_of(options);
  rows.select(order.requests);
  ImageDataset dataset{.label_kind = options.label_kind,
                       .subgroup_columns = options.columns.subgroup_columns};
  const auto make = [&](const Row& row) { return make_example(row, order, options, labels); };
  read_examples(rows, name, labels, options.on_bad_row, make, dataset);
  check_given_groups_apart(dataset, name);
  return dataset;
}

}  // namespace attune
