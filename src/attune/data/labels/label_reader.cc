#include "attune/data/labels/label_reader.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/labels/separators.h"

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
      keep_default_na_(options.keep_default_na),
      uncertain_(options.uncertain),
      blank_(options.blank),
      names_(std::move(options.names)),
      names_given_(!names_.empty()) {
  const auto& columns = options.columns;
  if (options.numbers) names_.allow_numbers();
  if (kind_ == LabelKind::none) return;
  check(!columns.empty(), ErrorKind::user, "no label column is given");
  check(columns.size() == 1 || kind_ != LabelKind::regression, ErrorKind::user,
        "--label-column: {} columns are given, but regression has one number: name one",
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
      label.id = cells.size() > 1 ? read_one_hot(cells) : read_class(cells[0]);
      break;
    case LabelKind::regression:
      label.target = read_target(cells[0]);
      break;
    case LabelKind::multi_label:
      if (cells.size() > 1) {
        read_flags(cells, label);
      } else {
        label.set = read_list(label_key(cells[0]));
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
  const std::string key = label_key(text);
  if (key.empty()) throw RowProblem{"the label is empty"};
  if (names_given_) {
    if (const auto id = names_.find_class(key)) return *id;
  }
  if (keep_default_na_ && means_missing(key)) {
    throw RowProblem{fmt::format(
        "the label \"{}\" reads as missing, as it does in pandas; where it is a class, name it in "
        "--labels or set --no-keep-default-na",
        key)};
  }
  if (!names_given_) return names_.find_or_add(key);
  // Told with the nearest name: a class that is unknown is most often one that is misspelt.
  has_unknown_ = true;
  // Which of two names a number means, or which output of a nameless model a name, only the user
  // knows.
  const bool may_be_ordered =
      label_shape(key) == LabelShape::integer || names_.names().front() == "LABEL_0";
  throw RowProblem{fmt::format(
      "unknown label \"{}\"{}{}{}", shorten_utf8(key, 60),
      did_you_mean(shorten_utf8(key, 60), names_.names()), separator_hint(key),
      may_be_ordered ? " (--labels names the labels in the order of their numbers)" : "")};
}

/// Where the parts between another separator are all known.
std::string LabelReader::separator_hint(std::string_view text) const {
  if (kind_ != LabelKind::multi_label) return "";
  for (const char separator : kLabelSeparators) {
    const std::vector<std::string> parts = split(text, separator);
    const auto is_known = [&](const std::string& part) { return names_.find(part).has_value(); };
    if (parts.size() > 1 && std::all_of(parts.begin(), parts.end(), is_known)) {
      return fmt::format("; set --label-separator {}", separator_name(separator));
    }
  }
  return "";
}

/// One class in columns of 0 and 1, a column each (ISIC, Kaggle).
std::int64_t LabelReader::read_one_hot(std::span<const std::string> cells) const {
  Label label;
  read_flags(cells, label);
  if (label.unknown.empty() && label.set.size() == 1) return label.set.front();
  throw RowProblem{fmt::format(
      "{} of its {} label columns are 1{}, expected one; where a row may have several labels or "
      "none, set --problem-type multi_label_classification",
      label.set.size(), cells.size(),
      label.unknown.empty() ? "" : fmt::format(" and {} not known", label.unknown.size()))};
}

void LabelReader::read_flags(std::span<const std::string> cells, Label& label) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string key = label_key(cells[i]), text = to_lower_ascii(key);
    // pandas writes 0 and 1 as 0.0 and 1.0 where a cell of the column is empty.
    const bool is_blank = allow_unknown_ && (key.empty() || means_missing(key));
    const bool is_uncertain = allow_unknown_ && (text == "-1" || text == "-1.0");
    const bool is_set = text == "1" || text == "true" || text == "1.0" ||
                        (is_uncertain && uncertain_ == UncertainLabels::one);
    const bool is_unknown = (is_blank && blank_ == BlankLabels::unknown) ||
                            (is_uncertain && uncertain_ == UncertainLabels::ignore);
    if (!is_set && !is_blank && !is_uncertain && text != "0" && text != "false" && text != "0.0") {
      const auto& name = names_.names()[static_cast<std::size_t>(column_ids_[i])];
      throw RowProblem{fmt::format("label column \"{}\" holds \"{}\", expected 0 or 1{}", name,
                                   shorten_utf8(cells[i], 60),
                                   allow_unknown_ ? ", or nothing where it is not known" : "")};
    }
    if (is_set) label.set.push_back(column_ids_[i]);
    if (is_unknown) label.unknown.push_back(column_ids_[i]);
  }
  // Such a row has no loss: it would cost a forward pass and teach nothing.
  if (label.unknown.size() == cells.size()) {
    throw RowProblem{
        "none of its labels is known (--blank-labels negative takes empty cells for 0)"};
  }
  std::sort(label.set.begin(), label.set.end());
  std::sort(label.unknown.begin(), label.unknown.end());
}

std::vector<std::int64_t> LabelReader::read_list(std::string_view text) {
  const std::vector<LabelItem> items = split_list(text);
  for (const LabelItem& item : items) {  // first of all: no class may come from a bad row
    if (label_key(item.text).empty()) throw RowProblem{"the label list has an empty name"};
    if (looks_like_list(text) && !item.is_quoted && !LabelVectors::places(items) &&
        label_shape(item.text) == LabelShape::decimal) {
      throw RowProblem{"the label list holds " + item.text + ", expected names"};
    }
  }
  std::optional<LabelVectors::Set> places = LabelVectors::places(items);
  std::vector<std::int64_t> classes;
  const auto size = static_cast<std::int64_t>(items.size());
  const auto is_known = [&](const LabelItem& item) { return names_.find(item.text).has_value(); };
  if (places && names_given_ && !std::all_of(items.begin(), items.end(), is_known)) {
    // With names that are none of 0 and 1 it can be nothing but a vector.
    if (size != names_.size()) {
      throw RowProblem{fmt::format(
          "the label list has {} values of 0 and 1, but there are {} labels", size, names_.size())};
    }
    classes = *places;
  } else {
    for (const LabelItem& item : items) classes.push_back(read_class(item.text));
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  }
  vectors_.add(items, std::move(places));
  return classes;
}

std::vector<LabelItem> LabelReader::split_list(std::string_view text) {
  if (text.empty()) return {};
  // JSONL arrays reach here as their text, and people put the same into cells of CSV files.
  if (looks_like_list(text)) return parse_label_list(text);
  std::vector<std::string> names = split(text, separator_);
  has_parted_ = has_parted_ || names.size() > 1;
  // A vector as numpy.savetxt writes it.
  if (names.size() == 1 && text.find_first_not_of("01 ") == std::string_view::npos) {
    names = split(text, ' ');
    std::erase(names, "");
  }
  std::vector<LabelItem> items;
  for (std::string& name : names) items.push_back({std::string(trim(name)), false});
  return items;
}

std::optional<std::vector<std::vector<std::int64_t>>> LabelReader::take_vectors(
    const std::string& table) {
  const auto length = static_cast<std::int64_t>(vectors_.length(table));
  const bool may_be_names = names_given_ && names_.size() != length && !vectors_.repeats();
  if (length == 0 || may_be_names) return std::nullopt;
  check(!names_given_ || names_.size() == length, ErrorKind::data,
        "{}: the label lists have {} values of 0 and 1, but there are {} labels", table, length,
        names_.size());
  if (!names_given_) {
    std::vector<std::string> numbers;
    for (std::int64_t id = 0; id < length; ++id) numbers.push_back(std::to_string(id));
    names_ = LabelNames(numbers);
  }
  std::vector<std::vector<std::int64_t>> sets;
  for (const auto& places : vectors_.rows()) sets.push_back(*places);
  return sets;
}

}  // namespace attune
