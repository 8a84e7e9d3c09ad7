#include "attune/data/labels/label_reader.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

double read_target(const std::string& cell) {
  if (trim(cell).empty()) throw RowProblem{"the label is empty"};
  if (const auto value = parse_number(cell)) return *value;
  throw RowProblem{fmt::format("the label \"{}\" is not a finite number, as regression needs",
                               shorten_utf8(cell, 60))};
}

}  // namespace

LabelReader::LabelReader(LabelOptions options)
    : kind_(options.kind),
      separator_(options.separator),
      allow_unknown_(options.allow_unknown),
      names_(std::move(options.names)),
      names_given_(!names_.empty()) {
  const auto& columns = options.columns;
  if (kind_ == LabelKind::none) return;
  check(!columns.empty(), ErrorKind::user, "no label column is given");
  check(columns.size() == 1 || kind_ == LabelKind::multi_label, ErrorKind::user,
        "{} label columns are given, but only multi-label classification takes several",
        columns.size());
  check(kind_ != LabelKind::regression || !names_given_, ErrorKind::user,
        "label names are given, but regression has no classes");
  if (columns.size() > 1) use_columns_as_names(columns);
}

Label LabelReader::read(std::span<const std::string> cells) {
  Label label;
  switch (kind_) {
    case LabelKind::none:
      break;
    case LabelKind::single_label:
      label.id = read_class(trim(cells[0]));
      break;
    case LabelKind::regression:
      label.target = read_target(cells[0]);
      break;
    case LabelKind::multi_label:
      if (cells.size() > 1) {
        read_flags(cells, label);
      } else {
        label.set = read_list(trim(cells[0]));
      }
  }
  return label;
}

void LabelReader::use_columns_as_names(const std::vector<std::string>& columns) {
  // Ids follow the given names, whatever the order of the columns: a saved model reads other
  // tables.
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
  // Told with the nearest name: a class that is unknown is most often one that is misspelt.
  if (const auto id = names_.find(text)) return *id;
  has_unknown_ = true;
  throw RowProblem{fmt::format("unknown label \"{}\"{}", shorten_utf8(text, 60),
                               did_you_mean(shorten_utf8(text, 60), names_.names()))};
}

void LabelReader::read_flags(std::span<const std::string> cells, Label& label) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = to_lower_ascii(trim(cells[i]));
    // pandas writes 0 and 1 as 0.0 and 1.0 where a cell of the column is empty.
    const bool is_set = text == "1" || text == "true" || text == "1.0";
    const bool is_unknown =
        allow_unknown_ && (text.empty() || text == "nan" || text == "-1" || text == "-1.0");
    if (!is_set && !is_unknown && text != "0" && text != "false" && text != "0.0") {
      const auto& name = names_.names()[static_cast<std::size_t>(column_ids_[i])];
      throw RowProblem{fmt::format("label column \"{}\" holds \"{}\", expected 0 or 1{}", name,
                                   shorten_utf8(cells[i], 60),
                                   allow_unknown_ ? ", or nothing where it is not known" : "")};
    }
    if (is_set) label.set.push_back(column_ids_[i]);
    if (is_unknown) label.unknown.push_back(column_ids_[i]);
  }
  // Such a row has no loss: it would cost a forward pass and teach nothing.
  if (label.unknown.size() == cells.size()) throw RowProblem{"none of its labels is known"};
  std::sort(label.set.begin(), label.set.end());
  std::sort(label.unknown.begin(), label.unknown.end());
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
  // JSONL arrays reach here as their text, and people put the same into cells of CSV files.
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
