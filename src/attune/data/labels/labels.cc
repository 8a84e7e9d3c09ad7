#include "attune/data/labels/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

// A thousand names of classes would hide what the message says.
constexpr std::size_t kMaxNamesShown = 30;

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  text = trim(text);
  // from_chars takes no plus sign, which spreadsheets write; "+-1" stays no number.
  if (text.starts_with('+') && text.substr(1, 1) != "-") text.remove_prefix(1);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  // A target of inf or nan, which from_chars takes, would make every loss after it nan.
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

LabelShape label_shape(std::string_view text) {
  if (parse_integer(text)) return LabelShape::integer;
  return parse_number(text) ? LabelShape::decimal : LabelShape::name;
}

LabelNames::LabelNames(std::vector<std::string> names) {
  for (const std::string& name : names) {
    const std::string key = label_key(name);
    check(!key.empty(), ErrorKind::user, "a label name is empty; every class needs a name");
    check(!ids_.contains(key), ErrorKind::user, "the label name \"{}\" is given twice", name);
    ids_.emplace(key, size());
    names_.push_back(name);
  }
}

std::optional<std::int64_t> LabelNames::find(std::string_view name) const {
  const auto found = ids_.find(label_key(name));
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

void LabelNames::allow_numbers() {
  // A name that is itself a number would make 1 mean two things.
  numbers_ = std::ranges::none_of(
      names_, [](const std::string& name) { return parse_integer(name).has_value(); });
}

std::optional<std::int64_t> LabelNames::find_class(std::string_view text) {
  if (const auto id = find(text)) return id;
  if (!numbers_) return std::nullopt;
  // As transformers names labels without names.
  if (text.starts_with("LABEL_")) text.remove_prefix(6);
  const auto id = parse_integer(text);
  if (!id || *id < 0 || *id >= size() || std::to_string(*id) != text) return std::nullopt;
  numbers_used_ = true;
  return id;
}

std::string LabelNames::numbers_text() const {
  if (!numbers_used_) return "";
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(names_.size(), kMaxNamesShown); ++i) {
    parts.push_back(fmt::format("{} is {}", i, names_[i]));
  }
  return join(parts, ", ") + (names_.size() > kMaxNamesShown ? ", ..." : "");
}

std::int64_t LabelNames::find_or_add(std::string_view name) {
  std::string key = label_key(name);
  const auto [entry, is_new] = ids_.emplace(key, size());
  if (is_new) names_.push_back(std::move(key));
  return entry->second;
}

std::vector<std::int64_t> LabelNames::sort() {
  // By value where all are whole numbers, so that "10" comes after "9" and ids equal the numbers of
  // 0 ... n-1.
  std::vector<std::pair<std::int64_t, std::string>> keys;
  bool is_numeric = true;
  for (const std::string& name : names_) {
    const auto value = parse_integer(name);
    is_numeric = is_numeric && value.has_value();
    keys.emplace_back(value.value_or(0), name);
  }
  if (!is_numeric) {
    for (auto& key : keys) key.first = 0;
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::int64_t> new_ids(names_.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto entry = ids_.find(label_key(keys[i].second));
    new_ids[static_cast<std::size_t>(entry->second)] = static_cast<std::int64_t>(i);
    entry->second = static_cast<std::int64_t>(i);
    names_[i] = std::move(keys[i].second);
  }
  return new_ids;
}

std::string LabelNames::list_text() const {
  const auto shown = std::span(names_).first(std::min(names_.size(), kMaxNamesShown));
  // As transformers names outputs that have no names.
  const bool is_nameless = !names_.empty() && names_.front() == "LABEL_0";
  return fmt::format("known labels: {}{}{}", join(shown, ", "),
                     shown.size() < names_.size() ? fmt::format(", ... ({} in all)", size()) : "",
                     is_nameless ? "; --labels names them in the order of their numbers" : "");
}

void check_two_classes(std::span<const std::int64_t> counts, std::span<const std::string> names,
                       const std::string& dataset) {
  const auto present = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  // Names alone are not enough: with examples of one class every model is right from the start.
  if (present >= 2) return;
  const auto only = std::find_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  fail(ErrorKind::data,
       "{}: all {} rows have the label \"{}\", expected at least two classes; is the label column "
       "right?",
       dataset, with_thousands(total),
       only == counts.end() ? "" : names[static_cast<std::size_t>(only - counts.begin())]);
}

}  // namespace attune
