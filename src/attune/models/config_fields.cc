#include "attune/models/config_fields.h"

#include "attune/base/error.h"
#include "attune/config/field.h"

namespace attune {

namespace {

std::string shorten(const std::string& text) {
  return text.size() <= 80 ? text : fmt::format("{:.80}...", text);
}

// An unsigned value beyond int64 would come out negative.
bool fits_int64(const Json& field) {
  return field.is_number_integer() &&
         (!field.is_number_unsigned() || field.get<std::uint64_t>() <= INT64_MAX);
}

}  // namespace

ConfigFields::ConfigFields(const Json& json, const std::string& source)
    : json_(json), source_(source) {
  check(json.is_object(), ErrorKind::data, "{}: expected a JSON object", source);
}

// Types are not converted: "12" or 12.0 for a number of layers is not what upstream writes.
void ConfigFields::read(const char* name, std::int64_t& value) const {
  if (!has(name)) return;
  expect(fits_int64(json_.at(name)), name, "an integer below 2^63");
  value = json_.at(name).get<std::int64_t>();
}

void ConfigFields::read(const char* name, double& value) const {
  if (!has(name)) return;
  expect(json_.at(name).is_number(), name, "a number");
  value = json_.at(name).get<double>();
}

void ConfigFields::read(const char* name, std::string& value) const {
  if (!has(name)) return;
  expect(json_.at(name).is_string(), name, "a string");
  value = json_.at(name).get<std::string>();
}

void ConfigFields::read(const char* name, bool& value) const {
  if (!has(name)) return;
  expect(json_.at(name).is_boolean(), name, "true or false");
  value = json_.at(name).get<bool>();
}

void ConfigFields::read(const char* name, std::vector<std::int64_t>& value) const {
  if (!has(name)) return;
  const Json& list = json_.at(name);
  expect(list.is_array(), name, "a list of integers");
  std::vector<std::int64_t> numbers;
  for (const Json& item : list) {
    expect(fits_int64(item), name, "a list of integers");
    numbers.push_back(item.get<std::int64_t>());
  }
  value = std::move(numbers);
}

void ConfigFields::expect(bool ok, const std::string& name, std::string_view expected) const {
  if (ok) return;
  const std::string got = json_.contains(name) ? dump_json_line(json_.at(name)) : "nothing";
  fail(ErrorKind::data, "{}: \"{}\" is {}, expected {}", source_, name, shorten(got), expected);
}

void ConfigFields::expect_size(const char* name, std::int64_t value, std::int64_t limit) const {
  check(value >= 1 && value <= limit, ErrorKind::data, "{}: \"{}\" is {}, expected 1 to {}",
        source_, name, value, limit);
}

std::vector<std::string> default_labels(std::int64_t count) {
  std::vector<std::string> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
  return labels;
}

std::vector<std::string> read_labels(const ConfigFields& fields) {
  if (!fields.has("id2label")) {
    // Upstream's own default (configuration_utils.py).
    std::int64_t count = 2;
    fields.read("num_labels", count);
    fields.expect(count >= 1 && count <= kMaxLabels, "num_labels", "1 to 1048576");
    return default_labels(count);
  }
  const Json& id2label = fields.json().at("id2label");
  fields.expect(id2label.is_object() && !id2label.empty() && id2label.size() <= kMaxLabels,
                "id2label", "an object {\"0\": \"first label\", ...}");
  // Not looked up key by key: that is linear in an ordered object's size.
  std::vector<std::string> labels(id2label.size());
  std::vector<bool> seen(id2label.size());
  for (const auto& [key, value] : id2label.items()) {
    std::size_t id = labels.size();
    if (!key.empty() && key.size() <= 7 && key.find_first_not_of("0123456789") == key.npos) {
      id = static_cast<std::size_t>(std::stoll(key));
    }
    fields.expect(id < labels.size() && !seen[id] && std::to_string(id) == key && value.is_string(),
                  "id2label",
                  fmt::format("strings under \"0\" to \"{}\": ids count from 0 without a gap",
                              labels.size() - 1));
    seen[id] = true;
    labels[id] = value.get<std::string>();
  }
  return labels;
}

std::optional<ProblemType> read_problem_type(const ConfigFields& fields) {
  if (!fields.has("problem_type")) return {};
  std::string name;
  fields.read("problem_type", name);
  const auto type = config::enum_value<ProblemType>(name);
  fields.expect(type.has_value(), "problem_type",
                "single_label_classification, multi_label_classification or regression");
  return type;
}

std::optional<ProblemType> known_problem_type(std::optional<ProblemType> said,
                                              std::int64_t labels) {
  return !said && labels == 1 ? ProblemType::regression : said;
}

ProblemType settled_problem_type(std::optional<ProblemType> said, std::int64_t labels,
                                 const std::string& source) {
  const ProblemType type =
      known_problem_type(said, labels).value_or(ProblemType::single_label_classification);
  check(type != ProblemType::single_label_classification || labels >= 2, ErrorKind::user,
        "{}: the problem type is single_label_classification, but the head has {} output; expected "
        "two classes or more: --problem-type regression gives the raw score, "
        "multi_label_classification its sigmoid",
        source, labels);
  check(type != ProblemType::regression || labels == 1, ErrorKind::user,
        "{}: the problem type is regression, but the head has {} outputs, expected 1: more than "
        "one target is "
        "not supported; where they are classes set --problem-type (or problem_type in config.json)",
        source, labels);
  return type;
}

std::optional<ProblemType> find_problem_type(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {};
  const Json json = read_json(path);
  const std::string source = path.string();
  const ConfigFields fields(json, source);
  return known_problem_type(read_problem_type(fields),
                            static_cast<std::int64_t>(read_labels(fields).size()));
}

void write_labels(Json& json, const std::vector<std::string>& labels,
                  std::optional<ProblemType> problem_type) {
  json.erase("num_labels");  // upstream derives it from id2label
  // From lists of pairs: `json[key] = value` searches the whole object each time.
  Json::object_t id2label, label2id;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    id2label.Container::emplace_back(std::to_string(i), labels[i]);
  }
  // Of two labels of one name the last one's id stands, as in the dict that upstream makes.
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto [place, is_new] = places.emplace(labels[i], label2id.size());
    if (is_new) {
      label2id.Container::emplace_back(labels[i], i);
    } else {
      label2id.Container::operator[](place->second).second = i;
    }
  }
  json["id2label"] = std::move(id2label);
  json["label2id"] = std::move(label2id);
  if (problem_type) json["problem_type"] = config::enum_name(*problem_type);
}

std::vector<std::string> asked_labels(const std::vector<std::string>& current,
                                      const HeadOptions& head) {
  const std::vector<std::string>& labels = head.labels;
  const auto named = static_cast<std::int64_t>(labels.size());
  const auto known = static_cast<std::int64_t>(current.size());
  const std::int64_t count = head.num_labels.value_or(labels.empty() ? known : named);
  check(count >= 1 && count <= kMaxLabels, ErrorKind::user, "num_labels is {}, expected 1 to {}",
        count, kMaxLabels);
  check(labels.empty() || named == count, ErrorKind::user,
        "num_labels is {}, but {} labels are named", count, named);
  if (!labels.empty()) return labels;
  // As many labels as before keep their names; of another number no name is known.
  return count == known ? current : default_labels(count);
}

std::optional<double> asked_dropout(const HeadOptions& head) {
  const std::optional<double>& p = head.classifier_dropout;
  check(!p || (*p >= 0.0 && *p < 1.0), ErrorKind::user,
        "classifier_dropout is {}, expected at least 0 and below 1", p.value_or(0));
  return p;
}

}  // namespace attune
