#include "attune/data/labels/label_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
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

/// Such a row has no loss: it would cost a forward pass and teach nothing.
void check_some_known(const Label& label, std::size_t classes) {
  if (label.unknown.size() < classes) return;
  throw RowProblem{
      "none of its labels is known (--blank-labels negative takes empty cells for 0, "
      "--uncertain-labels says what -1 is)"};
}

/// 1 of "1.0"; nothing of 1.5, names and what no class is numbered by.
std::optional<std::int64_t> whole_number(const std::string& text) {
  constexpr double kMost = 1e15;  // whole numbers up to there are exact
  const auto value = parse_number(text);
  if (!value || std::trunc(*value) != *value || std::abs(*value) > kMost) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

}  // namespace

LabelReader::LabelReader(LabelOptions options)
    : kind_(options.kind),
      separator_(options.separator),
      allow_unknown_(options.allow_unknown),
      keep_default_na_(options.keep_default_na),
      whole_decimals_(options.whole_decimals),
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
  has_flags_ = columns.size() > 1;
  column_ = columns.front();
  if (columns.size() > 1) use_columns_as_names(columns);
}

Label LabelReader::read(std::span<const std::string> cells) {
  Label label;
  switch (kind_) {
    case LabelKind::none:
      break;
    case LabelKind::single_label:
      label.id = cells.size() > 1 ? read_one_hot(cells) : read_single(cells[0]);
      break;
    case LabelKind::regression:
      label.target = read_target(cells[0]);
      break;
    case LabelKind::multi_label:
      label = cells.size() > 1 ? read_flags(cells) : read_column(cells[0]);
      check_some_known(label, cells.size());
  }
  ++rows_;
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
    const auto number = whole_decimals_ ? whole_number(key) : std::nullopt;
    if (const auto id = number ? names_.find_class(std::to_string(*number)) : std::nullopt) {
      return *id;
    }
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
  if (const std::optional<double> number = parse_number(key);
      number && label_shape(key) == LabelShape::decimal && *number == std::floor(*number)) {
    const std::string whole = fmt::format("{:.0f}", *number);
    if (names_.find_class(whole)) {
      throw RowProblem{fmt::format(
          "the label \"{}\" is a decimal number, expected a class; write {} for it", key, whole)};
    }
  }
  throw RowProblem{fmt::format(
      "unknown label \"{}\"{}{}{}", shorten_utf8(key, 60), hints_.nearest(key, names_),
      kind_ == LabelKind::multi_label ? separator_hint(key, names_) : "",
      may_be_ordered ? " (--labels names the labels in the order of their numbers)" : "")};
}

/// One class in columns of 0 and 1, a column each (ISIC, Kaggle).
std::int64_t LabelReader::read_one_hot(std::span<const std::string> cells) const {
  const Label label = read_flags(cells);
  if (label.unknown.empty() && label.set.size() == 1) return label.set.front();
  throw RowProblem{fmt::format(
      "{} of its {} label columns are 1{}, expected one; where a row may have several labels or "
      "none, set --problem-type multi_label_classification",
      label.set.size(), cells.size(),
      label.unknown.empty() ? ""
                            : fmt::format(" and {} not known (--blank-labels negative takes empty "
                                          "cells for 0, --uncertain-labels says what -1 is)",
                                          label.unknown.size()))};
}

bool LabelReader::is_set(Flag flag) const {
  return flag == Flag::one || (flag == Flag::uncertain && uncertain_ == UncertainLabels::one);
}

bool LabelReader::is_unknown(Flag flag) const {
  return (flag == Flag::blank && blank_.value_or(BlankLabels::unknown) == BlankLabels::unknown) ||
         (flag == Flag::uncertain &&
          uncertain_.value_or(UncertainLabels::ignore) == UncertainLabels::ignore);
}

Label LabelReader::read_flags(std::span<const std::string> cells) const {
  Label label;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Flag flag = flag_of(label_key(cells[i]), true);
    const bool is_plain = flag == Flag::zero || flag == Flag::one;
    if (flag == Flag::none || (!is_plain && !allow_unknown_)) {
      const auto& name = names_.names()[static_cast<std::size_t>(column_ids_[i])];
      throw RowProblem{fmt::format("label column \"{}\" holds \"{}\", expected 0 or 1{}", name,
                                   shorten_utf8(cells[i], 60),
                                   allow_unknown_ ? ", or nothing where it is not known" : "")};
    }
    if (is_set(flag)) label.set.push_back(column_ids_[i]);
    if (is_unknown(flag)) label.unknown.push_back(column_ids_[i]);
  }
  std::sort(label.set.begin(), label.set.end());
  std::sort(label.unknown.begin(), label.unknown.end());
  return label;
}

/// One class in one column. An empty cell or -1 beside nothing but 0 and 1 may be either of them.
std::int64_t LabelReader::read_single(std::string_view cell) {
  const std::string key = label_key(cell);
  const Flag flag = flag_of(key, keep_default_na_);
  const bool is_late = allow_unknown_ && (flag == Flag::blank || flag == Flag::uncertain) &&
                       !(names_given_ && names_.find_class(key));
  const std::int64_t id = is_late ? -1 : read_class(key);
  if (is_late) late_.emplace_back(rows_, key);
  flags_.add(flag, key);
  if (flag == Flag::zero) flag_ids_[0] = id;
  if (flag == Flag::one) flag_ids_[1] = id;
  return id;
}

/// One column of several labels: a list of names, or, where all rows have 0 or 1, one label that is
/// there or not.
Label LabelReader::read_column(std::string_view cell) {
  const std::string key = label_key(cell);
  const Flag flag = flag_of(key, keep_default_na_);
  // By names that are not one, a number is a class's.
  const bool may_be_flags = !names_given_ || (names_.size() == 1 && !names_.find(key));
  Label label;
  if (flag != Flag::none && may_be_flags) {
    late_.emplace_back(rows_, key);
  } else {
    label = read_list(key);
  }
  flags_.add(flag, key);
  return label;
}

std::vector<LateLabel> LabelReader::settle() {
  const bool is_column_of_flags = kind_ != LabelKind::none && flags_.is_one();
  if (is_column_of_flags && kind_ == LabelKind::multi_label && !late_.empty()) {
    if (!names_given_) names_ = LabelNames({column_});
    names_given_ = true;
    column_ids_ = {0};
  }
  has_flags_ = has_flags_ || is_column_of_flags;
  std::vector<LateLabel> settled;
  for (const auto& [row, key] : late_) {
    LateLabel late;
    try {
      late = settle_late(key);
    } catch (const RowProblem& problem) {
      late.problem = problem.reason;
    }
    late.row = row;
    settled.push_back(std::move(late));
  }
  return settled;
}

LateLabel LabelReader::settle_late(const std::string& key) {
  LateLabel late;
  if (kind_ == LabelKind::single_label) {
    if (flags_.is_one()) return settle_single(flag_of(key, keep_default_na_));
    late.label.id = read_class(key);
  } else if (!flags_.is_one()) {
    late.label = read_list(key);
  } else {
    late.label = read_flags(std::span(&key, 1));
    check_some_known(late.label, 1);
  }
  return late;
}

/// An empty cell or -1 in a column of 0 and 1.
LateLabel LabelReader::settle_single(Flag flag) {
  if (flag == Flag::uncertain && !uncertain_) {
    throw RowProblem{
        "the label is -1 in a column of 0 and 1; set --uncertain-labels zero, one, or ignore to "
        "leave such rows out (where it is a class: --labels=-1,0,1)"};
  }
  if (flag == Flag::blank && !blank_) {
    throw RowProblem{
        "the label is empty; set --blank-labels negative to take it for 0, or unknown to leave "
        "such rows out"};
  }
  LateLabel late;
  late.is_left_out = is_unknown(flag);
  if (!late.is_left_out) late.label.id = class_of(is_set(flag) ? Flag::one : Flag::zero);
  return late;
}

/// The class of 0 or 1, which may be new: all other cells are the other one.
std::int64_t LabelReader::class_of(Flag flag) {
  std::int64_t& id = flag_ids_[flag == Flag::one ? 1 : 0];
  if (id < 0) id = read_class(flag == Flag::one ? "1" : "0");
  return id;
}

std::vector<std::string> LabelReader::notes() const {
  if (kind_ != LabelKind::single_label || !flags_.is_one()) return {};
  std::vector<std::string> notes;
  const auto add = [&](Flag flag, std::string_view what, std::string_view option) {
    const std::int64_t count = flags_.count(flag);
    if (count == 0) return;
    notes.push_back(fmt::format("{} rows {} are {} ({})", with_thousands(count), what,
                                is_unknown(flag) ? "left out"
                                : is_set(flag)   ? "taken for 1"
                                                 : "taken for 0",
                                option));
  };
  if (uncertain_) add(Flag::uncertain, "with the label -1", "--uncertain-labels");
  if (blank_) add(Flag::blank, "without a label", "--blank-labels");
  return notes;
}

void LabelReader::check_served(const std::string& table) const {
  check(has_flags_ || names_given_ || (!uncertain_ && !blank_), ErrorKind::user,
        "{} is for label columns of 0 and 1, but {} has \"{}\" in \"{}\": leave it out",
        uncertain_ ? "--uncertain-labels" : "--blank-labels", table,
        shorten_utf8(flags_.other(), 60), column_);
}

std::optional<std::vector<std::int64_t>> LabelReader::take_whole_decimals() {
  if (!whole_decimals_ || names_given_) return std::nullopt;
  LabelNames whole;
  std::vector<std::int64_t> ids;
  bool has_decimal = false;
  for (const std::string& name : names_.names()) {
    const auto number = whole_number(name);
    if (!number) return std::nullopt;
    has_decimal = has_decimal || label_shape(name) == LabelShape::decimal;
    ids.push_back(whole.find_or_add(std::to_string(*number)));
  }
  if (!has_decimal) return std::nullopt;
  names_ = std::move(whole);
  return ids;
}

Label LabelReader::read_list(std::string_view text) {
  const std::vector<LabelItem> items = split_list(text);
  std::optional<LabelVectors::Places> places = LabelVectors::places(items);
  const bool may_be_decimal = places || !looks_like_list(text);
  for (const LabelItem& item : items) {  // first of all: no class may come from a bad row
    if (label_key(item.text).empty()) throw RowProblem{"the label list has an empty name"};
    if (!may_be_decimal && !item.is_quoted && label_shape(item.text) == LabelShape::decimal) {
      throw RowProblem{"the label list holds " + item.text + ", expected names"};
    }
  }
  Label label;
  const auto size = static_cast<std::int64_t>(items.size());
  const auto is_known = [&](const LabelItem& item) { return names_.find(item.text).has_value(); };
  if (places && names_given_ && !std::all_of(items.begin(), items.end(), is_known)) {
    // With names that are none of 0 and 1 it can be nothing but a vector.
    if (size != names_.size()) {
      throw RowProblem{fmt::format(
          "the label list has {} values of 0 and 1, but there are {} labels", size, names_.size())};
    }
    label = label_of(*places);
  } else {
    for (const LabelItem& item : items) label.set.push_back(read_class(item.text));
    std::sort(label.set.begin(), label.set.end());
    label.set.erase(std::unique(label.set.begin(), label.set.end()), label.set.end());
  }
  vectors_.add(items, std::move(places));
  return label;
}

Label LabelReader::label_of(const LabelVectors::Places& places) const {
  if (!allow_unknown_ && !places.uncertain.empty()) {
    throw RowProblem{"the label list holds -1, expected 0 or 1 for every class"};
  }
  Label label{.set = places.ones};
  for (const std::int64_t place : places.uncertain) {
    if (is_set(Flag::uncertain)) label.set.push_back(place);
    if (is_unknown(Flag::uncertain)) label.unknown.push_back(place);
  }
  std::sort(label.set.begin(), label.set.end());
  check_some_known(label, places.length);
  return label;
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

std::optional<std::vector<LabelVectors::Places>> LabelReader::take_vectors(
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
  has_flags_ = true;
  std::vector<LabelVectors::Places> vectors;
  for (const auto& places : vectors_.rows()) vectors.push_back(*places);
  return vectors;
}

}  // namespace attune
