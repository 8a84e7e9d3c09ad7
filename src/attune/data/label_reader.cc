#include "attune/data/label_reader.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/strings.h"
#include "attune/base/utf8.h"

namespace attune {
namespace {

double read_target(const std::string& cell) {
  if (trim(cell).empty()) throw RowProblem{"the label is empty"};
  if (const auto value = parse_number(cell)) return *value;
  throw RowProblem{fmt::format("the label \"{}\" is not a finite number, as regression needs",
                               shorten_utf8(cell, 60))};
}

}  // namespace

LabelReader::LabelReader(const TextDatasetOptions& options)
    : kind_(options.label_kind),
      separator_(options.label_separator),
      names_(options.label_names),
      names_given_(!options.label_names.empty()) {
  const auto& columns = options.columns.label_columns;
  if (kind_ == LabelKind::none) return;
  check(!columns.empty(), ErrorKind::user, "no label column is given");
  check(columns.size() == 1 || kind_ == LabelKind::multi_label, ErrorKind::user,
        "{} label columns are given, but only multi-label classification takes several",
        columns.size());
  check(kind_ != LabelKind::regression || !names_given_, ErrorKind::user,
        "label names are given, but regression has no classes");
  if (columns.size() > 1) use_columns_as_names(columns);
}

void LabelReader::read(std::span<const std::string> cells, TextExample& example) {
  switch (kind_) {
    case LabelKind::none:
      return;
    case LabelKind::single_label:
      example.label = read_class(trim(cells[0]));
      return;
    case LabelKind::regression:
      example.target = read_target(cells[0]);
      return;
    case LabelKind::multi_label:
      if (cells.size() > 1) {
        example.label_set = read_flags(cells);
      } else {
        example.label_set = read_list(trim(cells[0]));
      }
  }
}

void LabelReader::use_columns_as_names(const std::vector<std::string>& columns) {
  const LabelNames from_columns(columns);
  for (const std::string& name : names_.names()) {
    check(from_columns.find(name).has_value(), ErrorKind::user,
          "the label \"{}\" has no label column{}", name, did_you_mean(name, columns));
  }
  check(names_.empty() || names_.size() == from_columns.size(), ErrorKind::user,
        "{} label columns are given for {} labels", columns.size(), names_.size());
  if (names_.empty()) names_ = from_columns;
  names_given_ = true;
  for (const std::string& column : columns) column_ids_.push_back(*names_.find(column));
}

std::int64_t LabelReader::read_class(std::string_view text) {
  if (text.empty()) throw RowProblem{"the label is empty"};
  if (!names_given_) return names_.find_or_add(text);
  if (const auto id = names_.find(text)) return *id;
  has_unknown_ = true;
  throw RowProblem{fmt::format("unknown label \"{}\"{}", shorten_utf8(text, 60),
                               did_you_mean(shorten_utf8(text, 60), names_.names()))};
}

std::vector<std::int64_t> LabelReader::read_flags(std::span<const std::string> cells) const {
  std::vector<std::int64_t> classes;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = to_lower_ascii(trim(cells[i]));
    const bool is_set = text == "1" || text == "true" || text == "1.0";
    if (!is_set && text != "0" && text != "false" && text != "0.0") {
      const auto& name = names_.names()[static_cast<std::size_t>(column_ids_[i])];
      throw RowProblem{fmt::format("label column \"{}\" holds \"{}\", expected 0 or 1", name,
                                   shorten_utf8(cells[i], 60))};
    }
    if (is_set) classes.push_back(column_ids_[i]);
  }
  std::sort(classes.begin(), classes.end());
  return classes;
}

std::vector<std::int64_t> LabelReader::read_list(std::string_view text) {
  std::vector<std::int64_t> classes;
  const std::vector<std::string> names = split_list(text);
  for (const std::string& name : names) {  // first of all: no class may come from a bad row
    if (trim(name).empty()) throw RowProblem{"the label list has an empty name"};
  }
  for (const std::string& name : names) classes.push_back(read_class(trim(name)));
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

std::vector<std::string> LabelReader::split_list(std::string_view text) const {
  if (text.empty()) return {};
  if (!text.starts_with('[')) return split(text, separator_);
  Json array;
  try {
    array = parse_json(text, "label list");
  } catch (const Error& error) {
    throw RowProblem{error.what()};
  }
  std::vector<std::string> names;
  for (const Json& item : array) {
    if (!item.is_string() && !item.is_number_integer() && !item.is_boolean()) {
      throw RowProblem{"the label list holds " + dump_json_line(item) + ", expected names"};
    }
    names.push_back(item.is_string() ? item.get<std::string>() : dump_json_line(item));
  }
  return names;
}

}  // namespace attune
