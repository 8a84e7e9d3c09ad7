#include "attune/tasks/classification/model_labels.h"

#include <algorithm>
#include <set>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/config/field.h"
#include "attune/models/config_fields.h"
#include "attune/models/head_rows.h"

namespace attune {
namespace {

/// A name that stands twice; empty where none does.
std::string repeated_name(const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) return name;
  }
  return "";
}

}  // namespace

namespace {

/// Where it is known from that a model's outputs are of a type.
std::string reason_of_type(const fs::path& model) {
  const Json config = read_json(model / "config.json");
  const auto said = config.find("problem_type");
  return said != config.end() && !said->is_null()
             ? "its config.json says"
             : "its config.json says nothing but has one label, which by itself means";
}

}  // namespace

void settle_problem_type(std::optional<ProblemType>& wanted, const fs::path& model) {
  if (wanted) return;
  wanted = find_problem_type(model);
  if (!wanted || wanted == ProblemType::single_label_classification) return;
  log_info("{}: {} the problem type {}, which is followed (--problem-type sets another)",
           model.string(), reason_of_type(model), config::enum_name(*wanted));
}

SavedLabels saved_labels(const std::vector<std::string>& of_model,
                         const std::vector<std::string>& given, ProblemType problem,
                         const std::string& source) {
  if (problem == ProblemType::regression) {
    check(given.empty(), ErrorKind::user,
          "--labels: {} gives a number, which has no labels: leave the option out", source);
    return {.names = of_model, .data_names = of_model};
  }
  const std::string twice = repeated_name(of_model), given_twice = repeated_name(given);
  check(twice.empty(), ErrorKind::data,
        "{}: id2label in its config.json names two outputs \"{}\": an answer by name could mean "
        "either; give each a name of its own there",
        source, twice);
  check(given_twice.empty(), ErrorKind::user, "--labels: \"{}\" is given twice", given_twice);
  if (given.empty()) {
    return {.names = of_model, .data_names = of_model, .data_numbers = is_nameless(of_model)};
  }
  check(given.size() == of_model.size(), ErrorKind::user,
        "--labels: {} names are given, but {} has {} outputs", given.size(), source,
        of_model.size());
  if (std::ranges::is_permutation(given, of_model)) {
    return {.names = of_model, .data_names = given, .data_numbers = true};
  }
  check(is_numbered(of_model), ErrorKind::user,
        "--labels: {} names its outputs {}, got {}: give its own names (in the order that numbers "
        "in the data have), or leave the option out",
        source, join(of_model, ", "), join(given, ", "));
  log_info("{}: its outputs are taken for the labels {} in this order", source, join(given, ", "));
  return {.names = given, .data_names = given, .data_numbers = true};
}

void warn_of_other_problem(std::optional<ProblemType> wanted, const fs::path& model) {
  const auto said = find_problem_type(model);
  if (!wanted || !said || *wanted == *said) return;
  log_warning("{}: {} {}, but its outputs are taken for {}, as asked for", model.string(),
              reason_of_type(model), config::enum_name(*said), config::enum_name(*wanted));
}

}  // namespace attune
