#include "attune/data/image/image_manifest.h"

#include <algorithm>
#include <array>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/cell_order.h"
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

/// What a file's name may lack, in the order in which it is tried.
constexpr std::array<std::string_view, 8> kUsualSuffixes = {".png",  ".jpg", ".jpeg", ".dcm",
                                                            ".tiff", ".tif", ".webp", ".nii.gz"};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Where another ending would find it.
std::string suffix_hint(const fs::path& path) {
  for (const std::string_view suffix : kUsualSuffixes) {
    if (!is_file(path.string() + std::string(suffix))) continue;
    return fmt::format(", but one with {} behind it: set --image-suffix {}", suffix, suffix);
  }
  return "";
}

ImageExample make_example(const Row& row, const CellOrder& order,
                          const ImageManifestOptions& options, LabelReader& labels) {
  if (!row.problem.empty()) throw RowProblem{row.problem};
  ImageExample example;
  example.path = resolve_picture(row.cells[0], options.root, options.image_suffix);
  read_place(row, order, example);
  const std::size_t subgroups = options.columns.subgroup_columns.size();
  for (std::size_t cell = order.labels - subgroups; cell < order.labels; ++cell) {
    const std::string value = label_key(row.cells[cell]);
    const bool is_missing = options.keep_default_na && means_missing(value);
    example.subgroups.emplace_back(is_missing ? "" : value);
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

std::string resolve_picture(const std::string& cell, const fs::path& root,
                            const std::string& suffix) {
  if (trim(cell).empty()) throw RowProblem{"the path is empty"};
  std::string text = cell;
  if (!text.ends_with(suffix)) text += suffix;
  // Windows writes \\ between folders; here it is a character of a name, which hardly any file has.
  if (text.find('\\') != std::string::npos && !is_file(root / fs::path(text).relative_path())) {
    std::replace(text.begin(), text.end(), '\\', '/');
  }
  // Tables come from elsewhere: a path must not name a file outside of the root that the user gave.
  fs::path relative = fs::path(text).lexically_normal();
  if (relative.is_absolute()) {
    relative = relative.lexically_relative(fs::absolute(root).lexically_normal());
  }
  if (relative.empty() || *relative.begin() == ".." || text.find('\0') != std::string::npos) {
    throw RowProblem{
        fmt::format("the path \"{}\" leaves the folder {}; give the folder that all "
                    "pictures are in as --root",
                    shorten_utf8(cell, 200), root.string())};
  }
  const fs::path path = root / relative;
  if (!is_file(path)) {
    throw RowProblem{fmt::format("there is no file {}{}", path.string(), suffix_hint(path))};
  }
  return path.string();
}

fs::path manifest_root(const fs::path& manifest, const fs::path& root) {
  fs::path folder = root.empty() ? manifest.parent_path() : root;
  if (folder.empty()) folder = ".";  // a bare file name has no parent
  std::error_code ignored;
  check(fs::is_directory(folder, ignored), ErrorKind::user, "{}: there is no such folder",
        folder.string());
  return folder;
}

ImageDataset read_image_manifest(const fs::path& path, const ImageManifestOptions& options) {
  ImageManifestOptions complete = options;
  complete.root = manifest_root(path, options.root);
  const auto rows = open_rows(path, options.reader);
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
                      .keep_default_na = options.keep_default_na});
  CellOrder order = order_of(options);
  order.keep_default_na = options.keep_default_na;
  rows.select(order.requests);
  ImageDataset dataset{.label_kind = options.label_kind,
                       .subgroup_columns = options.columns.subgroup_columns};
  const auto make = [&](const Row& row) { return make_example(row, order, options, labels); };
  read_examples(rows, name, labels, options.on_bad_row, make, dataset);
  check_given_groups_apart(dataset, name);
  return dataset;
}

}  // namespace attune
