#include "attune/config/field.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "attune/base/files.h"
#include "attune/base/text/strings.h"

namespace attune::config {

/// NaN compares with nothing: it would pass every bound.
bool Bounds::contains(double value) const {
  if (!std::isfinite(value)) return false;
  if (min && (min_is_open ? value <= *min : value < *min)) return false;
  return !(max && (max_is_open ? value >= *max : value > *max));
}

std::string Bounds::text() const {
  std::string result;
  if (min) result = fmt::format("{} {}", min_is_open ? "above" : "at least", *min);
  if (max) {
    if (!result.empty()) result += " and ";
    result += fmt::format("{} {}", max_is_open ? "below" : "at most", *max);
  }
  return result;
}

std::string Field::flag() const {
  std::string text = "--" + name;
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string Field::allowed() const {
  std::string text;
  if (type == "choice") {
    text = "one of: " + join(choices, ", ");
  } else if (type == "flag") {
    text = "true or false";
  } else if (type == "list" || type == "texts") {
    text = "a list of texts";
  } else if (type == "integer") {
    text = "a whole number";
  } else {
    text = type == "number" ? "a number" : "text";
  }
  const std::string range = bounds.text();
  if (!range.empty()) text += " " + range;
  return nullable || is_settled_later ? text + " (or null)" : text;
}

Field& Field::only_with(std::string option, std::vector<std::string> values) {
  dependences.push_back({std::move(option), std::move(values)});
  return *this;
}

Field& Field::only_for(std::initializer_list<Trait> served) {
  traits.insert(traits.end(), served);
  return *this;
}

Field& Field::settled_later() {
  is_settled_later = true;
  return *this;
}

Field& Field::written(std::initializer_list<const char*> formats) {
  is_written = true;
  endings.assign(formats.begin(), formats.end());
  return *this;
}

namespace {

/// By the file system: a link, another spelling or another hard link is the same file. Of what is
/// not there yet the path decides.
bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (fs::exists(a, error) && fs::exists(b, error)) {
    return fs::is_regular_file(a, error) && fs::equivalent(a, b, error);
  }
  // Made absolute first: of a relative path that is not there "./" alone would be resolved.
  const fs::path first = fs::weakly_canonical(fs::absolute(a, error), error);
  return !error && first == fs::weakly_canonical(fs::absolute(b, error), error) && !error;
}

std::vector<std::string> texts_of(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array()) return {};
  std::vector<std::string> texts;
  for (const Json& item : value) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

/// What else opens such a file would find another format in it. Names of other endings, or none,
/// promise nothing.
bool promises_another_format(const std::string& file, const std::vector<std::string>& endings) {
  constexpr std::array kFormats = {".bz2",   ".csv", ".gz",     ".htm", ".html", ".json",
                                   ".jsonl", ".md",  ".ndjson", ".npy", ".npz",  ".parquet",
                                   ".pdf",   ".srt", ".tsv",    ".txt", ".vtt",  ".xlsx",
                                   ".xml",   ".xz",  ".yaml",   ".yml", ".zip",  ".zst"};
  const std::string ending = to_lower_ascii(fs::path(file).extension().string());
  return std::ranges::find(kFormats, ending) != kFormats.end() &&
         std::ranges::find(endings, ending) == endings.end();
}

}  // namespace

std::vector<std::string> find_output_problems(const std::vector<Field>& fields) {
  std::vector<std::string> found;
  for (std::size_t o = 0; o < fields.size(); ++o) {
    if (!fields[o].is_written) continue;
    for (const std::string& output : texts_of(fields[o].get())) {
      if (promises_another_format(output, fields[o].endings)) {
        found.push_back(
            fmt::format("{}: {} would not be of the format that its ending names; what "
                        "is written is {}",
                        fields[o].flag(), output, join(fields[o].endings, ", ")));
      }
      for (std::size_t i = 0; i < fields.size() && !output.empty(); ++i) {
        // Of two outputs the later one is told of.
        if (i == o || (fields[i].is_written && i > o)) continue;
        for (const std::string& other : texts_of(fields[i].get())) {
          if (other.empty() || !is_same_file(output, other)) continue;
          found.push_back(
              fmt::format("{}: {} is the file of {} too, which would be lost; choose "
                          "another one",
                          fields[o].flag(), output, fields[i].flag()));
        }
      }
    }
  }
  return found;
}

namespace {

bool is_set(const Json& value) {
  return !value.is_null() && value != false && value != "" && value != 0 &&
         !(value.is_array() && value.empty());
}

bool holds(const Dependence& dependence, const std::vector<Field>& fields) {
  const auto found = std::ranges::find(fields, dependence.option, &Field::name);
  if (found == fields.end()) return true;
  const Json value = found->get();
  if (dependence.values.empty()) return is_set(value);
  // Null stands for a value that is known later.
  if (value.is_null()) return true;
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return std::ranges::find(dependence.values, text) != dependence.values.end();
}

std::string text_of(const Dependence& dependence) {
  std::string option = "--" + dependence.option;
  std::replace(option.begin(), option.end(), '_', '-');
  return dependence.values.empty() ? option : option + " " + join(dependence.values, "|");
}

}  // namespace

std::vector<std::string> find_without_effect(const std::vector<Field>& fields) {
  std::vector<std::string> problems;
  for (const Field& field : fields) {
    const auto is_met = [&](const Dependence& each) { return holds(each, fields); };
    if (!field.asked_for || field.dependences.empty() ||
        std::ranges::any_of(field.dependences, is_met)) {
      continue;
    }
    std::vector<std::string> needed;
    for (const Dependence& each : field.dependences) needed.push_back(text_of(each));
    problems.push_back(fmt::format("{} has no effect without {}: set that too, or leave it out",
                                   field.flag(), join(needed, " or ")));
  }
  return problems;
}

namespace convert {
namespace {

template <typename T>
bool parse_number(std::string_view text, T& value) {
  // from_chars knows no sign "+", and unlike strtod it does not depend on the locale (a decimal
  // comma).
  text = trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

bool read(const Json& json, bool& value) {
  if (json.is_boolean()) {
    value = json.get<bool>();
    return true;
  }
  if (!json.is_string()) return false;
  const std::string text = to_lower_ascii(json.get_ref<const std::string&>());
  // YAML's spellings of both versions, since the reader leaves them as text.
  value = text == "true" || text == "yes" || text == "on" || text == "1";
  return value || text == "false" || text == "no" || text == "off" || text == "0";
}

bool read(const Json& json, std::int64_t& value) {
  if (json.is_number_integer()) {
    // nlohmann/json keeps whole numbers above INT64_MAX as unsigned and would wrap them here.
    if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return false;
    value = json.get<std::int64_t>();
    return true;
  }
  // A double holds every whole number up to 2^53, some 9.007e15.
  double number = 0;  // "1e3" and 1000.0 are whole numbers too
  if (json.is_string() && parse_number(json.get_ref<const std::string&>(), value)) return true;
  if (!read(json, number) || number != std::floor(number) || std::fabs(number) > 9e15) return false;
  value = static_cast<std::int64_t>(number);
  return true;
}

bool read(const Json& json, double& value) {
  if (json.is_number()) {
    value = json.get<double>();
    return std::isfinite(value);
  }
  return json.is_string() && parse_number(json.get_ref<const std::string&>(), value) &&
         std::isfinite(value);
}

bool read(const Json& json, std::string& value) {
  if (json.is_string()) {
    value = json.get<std::string>();
    return true;
  }
  if (!json.is_number() && !json.is_boolean()) return false;
  // A JSON file may give the name of a label or a column, 1 or true, without quotes.
  value = json.dump();
  return true;
}

bool read(const Json& json, std::vector<std::string>& value) {
  value.clear();
  if (json.is_array()) {
    for (const Json& item : json) {
      std::string text;
      if (!read(item, text)) return false;
      value.push_back(std::move(text));
    }
    return true;
  }
  std::string text;
  if (!read(json, text)) return false;
  for (const std::string& part : split(text, ',')) {
    if (!trim(part).empty()) value.emplace_back(trim(part));
  }
  return true;
}

bool read(const Json& json, Texts& value) {
  value.clear();
  // Unlike a list's, a text's commas are its own.
  if (json.is_array()) return read(json, static_cast<std::vector<std::string>&>(value));
  return read(json, value.emplace_back());
}

}  // namespace convert
}  // namespace attune::config
