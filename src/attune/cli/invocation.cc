#include "attune/cli/invocation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/config/hf_arguments.h"
#include "attune/pretrained/hub/hub.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/presets.h"
#include "attune/tasks/registry.h"

namespace attune::cli {
namespace {

constexpr const char* kTaskKey = "task";

std::string task_in(const config::Document& document) {
  const auto found = document.value.find(kTaskKey);
  return found != document.value.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Whether a verb has the options of a run: `--model` is what it begins with.
bool learns(Verb verb) {
  return verb == Verb::train || verb == Verb::check;
}

/// Where the task's name and the settings of a saved model come from.
struct Sources {
  std::optional<config::Document> preset, file, saved;
};

/// "--train-dir=x" -> "train_dir".
std::string option_name(const std::string& argument) {
  std::string name = argument.substr(2, argument.find('=') - 2);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// The value that a settings file gives it, in a section or outside.
std::string value_in(const std::optional<config::Document>& document, const std::string& name) {
  if (!document) return "";
  const auto of = [&](const Json& options) {
    for (const auto& [key, value] : options.items()) {
      if (value.is_string() && config::canonical_argument(key) == name) {
        return value.get<std::string>();
      }
    }
    return std::string();
  };
  std::string value = of(document->value);
  for (const auto& section : document->value) {
    if (value.empty() && section.is_object()) value = of(section);
  }
  return value;
}

constexpr auto kVerbNames =
    std::to_array<std::pair<Verb, std::string_view>>({{Verb::train, "train"},
                                                      {Verb::check, "check"},
                                                      {Verb::evaluate, "evaluate"},
                                                      {Verb::predict, "predict"}});

std::string_view verb_name(Verb verb) {
  return std::ranges::find(kVerbNames, verb, &std::pair<Verb, std::string_view>::first)->second;
}

bool knows(const TaskEntry& entry, Verb verb, const std::string& option) {
  const auto task = entry.make();
  config::Schema schema;
  task->add_options(schema, verb);
  return schema.knows(option);
}

/// Where an option that `verb` of the task does not have would belong; "" where there is none.
std::string belongs_to(const std::string& option, Verb verb, const std::string& task_name) {
  std::vector<std::string> verbs, tasks;
  for (const auto& [other, name] : kVerbNames) {
    if (knows(find_task(task_name), other, option)) verbs.emplace_back(name);
  }
  if (!verbs.empty()) {
    return fmt::format("an option of {}, which {} does not have: leave it out",
                       join(verbs, " and "), verb_name(verb));
  }
  for (const TaskEntry& entry : task_registry()) {
    const bool any = std::ranges::any_of(
        kVerbNames, [&](const auto& each) { return knows(entry, each.first, option); });
    if (any) tasks.push_back(entry.name);
  }
  if (tasks.empty()) return "";
  return fmt::format("an option of the task {}, and this is {}: leave it out, or choose by --task",
                     join(tasks, " and "), task_name);
}

/// The options of a settings file that a schema does not have.
std::vector<std::string> foreign_options(const config::Document& document, config::Schema& schema) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    const std::string canonical = config::canonical_argument(name);
    if (name != kTaskKey && !schema.knows(name) && !config::find_hf_argument(canonical)) {
      names.push_back(name);
    }
  };
  for (const auto& [name, value] : document.value.items()) {
    if (!value.is_object() || schema.knows(name)) {
      add(name);
      continue;
    }
    for (const auto& [inner, ignored] : value.items()) add(inner);
  }
  return names;
}

/// A settings file of another task's has nothing but unknown options: said once, not for each.
void check_task_of_file(const config::Document& file, const std::string& task_name,
                        config::Schema& schema) {
  const std::string task = task_in(file);
  if (task.empty() || task == task_name) return;
  const std::vector<std::string> foreign = foreign_options(file, schema);
  if (foreign.empty()) return;
  const std::string rest =
      foreign.size() == 1 ? "" : fmt::format(" and {} more", foreign.size() - 1);
  fail(
      ErrorKind::user,
      "--config {}: it is of the task {}, and this run is of {}, which has no {}{}: give a file of "
      "the run's task, or take the file's (--task {})",
      file.source, task, task_name, foreign.front(), rest, task);
}

/// The task of a file that comes with a saved model must be one of the model's. Tasks that no
/// checkpoint's `architectures` tell take the models of others.
void check_task_of_model(const Sources& sources, const std::string& task_name,
                         const fs::path& model) {
  if (!sources.file || task_in(*sources.file) != task_name) return;
  std::string other = sources.saved ? task_in(*sources.saved) : "";
  if (other.empty() && fs::exists(model / "config.json")) {
    other = task_of_config(read_json(model / "config.json"));
  }
  if (other.empty() || other == task_name || find_task(task_name).architecture_suffix.empty() ||
      find_task(other).architecture_suffix.empty()) {
    return;
  }
  fail(ErrorKind::user,
       "--config {}: it is of the task {}, and the model {} of {}: leave the file out, or give one "
       "of the model's task",
       sources.file->source, task_name, model.string(), other);
}

/// A task that no checkpoint's `architectures` tell keeps more beside the weights than they say:
/// decisions, what is done to the input. Another task would leave that out without a word.
void check_saved_by(const Sources& sources, const std::string& task_name, const fs::path& model) {
  const std::string saved_by = sources.saved ? task_in(*sources.saved) : "";
  const auto known = std::ranges::find(task_registry(), saved_by, &TaskEntry::name);
  if (saved_by == task_name || known == task_registry().end()) return;
  check(!known->architecture_suffix.empty(), ErrorKind::user,
        "--task {}: the model {} was saved by the task {}, which keeps with it how its input is "
        "prepared and labels are decided: leave --task out, or give --task {}",
        task_name, model.string(), saved_by, saved_by);
}

/// The task whose `verb` knows most of the options that are given, the first of equal ones; ""
/// where none is given.
std::string task_by_options(Verb verb, const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--")) names.push_back(option_name(argument));
  }
  std::string best;
  std::ptrdiff_t most = 0;
  for (const TaskEntry& entry : task_registry()) {
    const auto task = entry.make();
    config::Schema schema;
    task->add_options(schema, verb);
    const auto known = std::count_if(names.begin(), names.end(),
                                     [&](const std::string& name) { return schema.knows(name); });
    if (known > most) {
      most = known;
      best = entry.name;
    }
  }
  return best;
}

/// A task that was guessed from options alone must be one that the model can be trained for: a
/// checkpoint without a head names none.
void check_guess(const std::string& task_name, const std::string& model, const fs::path& folder) {
  if (folder.empty() || !fs::exists(folder / "config.json")) return;
  const Json config = read_json(folder / "config.json");
  const std::vector<std::string> fitting = tasks_that_fit(config);
  if (fitting.empty() || std::ranges::find(fitting, task_name) != fitting.end()) return;
  fail(ErrorKind::user,
       "--task is missing: the config.json of {} names none, and its model_type \"{}\" fits the "
       "task {}",
       model, config.value("model_type", ""), join(fitting, " and "));
}

std::string find_task_name(const std::string& flag, const Sources& sources, const fs::path& model) {
  if (!flag.empty()) return flag;
  // The file before the preset, in the order of precedence of all settings.
  for (const auto* source : {&sources.file, &sources.preset, &sources.saved}) {
    if (*source && !task_in(**source).empty()) return task_in(**source);
  }
  // A model that Python has trained has no run.yaml.
  if (fs::exists(model / "config.json")) return task_of_config(read_json(model / "config.json"));
  return "";
}

}  // namespace

std::string value_in(const std::vector<std::string>& arguments, const std::string& name) {
  std::string value;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("--") || config::canonical_argument(option_name(argument)) != name) {
      continue;
    }
    const auto equals = argument.find('=');
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) {
      value = arguments[i + 1];
    }
  }
  return value;
}

fs::path model_folder(const std::string& name, const std::string& revision) {
  if (name.empty() || fs::exists(name) || !is_repo_id(name)) return name;
  try {
    return resolve_model(name, revision.empty() ? "main" : revision);
  } catch (const Error& error) {
    // A name that is none: the task says so, with whatever else is wrong.
    if (error.kind() != ErrorKind::user) throw;
    return name;
  }
}

std::string task_list() {
  std::vector<std::string> names;
  for (const TaskEntry& entry : task_registry()) names.push_back(entry.name);
  return join(names, ", ");
}

std::string take_option(std::vector<std::string>& arguments, const std::string& name) {
  const std::string flag = "--" + name;
  const auto gives = [&](const auto& each) { return each == flag || each.starts_with(flag + "="); };
  check(std::ranges::count_if(arguments, gives) <= 1, ErrorKind::user, "{} is given twice", flag);
  for (auto it = arguments.begin(); it != arguments.end(); ++it) {
    if (it->starts_with(flag + "=")) {
      const std::string value = it->substr(flag.size() + 1);
      arguments.erase(it);
      return value;
    }
    if (*it != flag) continue;
    check(it + 1 != arguments.end() && !(it + 1)->starts_with("--"), ErrorKind::user,
          "{}: a value is missing", flag);
    const std::string value = *(it + 1);
    arguments.erase(it, it + 2);
    return value;
  }
  return "";
}

void check_has_revision(const std::string& model) {
  std::error_code ignored;
  check(!fs::exists(model, ignored), ErrorKind::user,
        "--revision is for models of the hub, and {} is on this machine: leave it out", model);
}

bool take_flag(std::vector<std::string>& arguments, const std::string& name) {
  const auto found = std::find(arguments.begin(), arguments.end(), "--" + name);
  if (found == arguments.end()) return false;
  arguments.erase(found);
  return true;
}

Invocation prepare(Verb verb, const std::vector<std::string>& given) {
  std::vector<std::string> arguments = given;
  Invocation invocation;
  invocation.help = take_flag(arguments, "help");
  const std::string task_flag = take_option(arguments, "task");
  Sources sources;
  if (const auto name = take_option(arguments, "preset"); !name.empty()) {
    sources.preset = find_preset(name);
  }
  if (const auto path = take_option(arguments, "config"); !path.empty()) {
    sources.file = config::read_document(path);
  }
  // The task reads --model itself; here it tells which task that is.
  const auto setting = [&](const std::string& name) {
    const std::string value = value_in(arguments, name);
    return value.empty() ? value_in(sources.file, name) : value;
  };
  fs::path model;
  if (!learns(verb) && !invocation.help) {
    model = model_folder(setting("model"), setting("revision"));
  }
  if (!model.empty() && fs::exists(model / "run.yaml")) {
    sources.saved = config::read_document(model / "run.yaml");
  }

  invocation.task_name = find_task_name(task_flag, sources, model);
  const bool is_guessed = invocation.task_name.empty();
  if (is_guessed) invocation.task_name = task_by_options(verb, arguments);
  if (invocation.task_name.empty() && (invocation.help || !learns(verb))) {
    invocation.task_name = task_registry().front().name;  // help and errors show a task's options
  }
  if (is_guessed && !invocation.help) {
    const std::string name = setting("model");
    check_guess(invocation.task_name, name, model.empty() ? fs::path(name) : model);
  }
  check(!invocation.task_name.empty(), ErrorKind::user, "--task is missing; tasks are: {}",
        task_list());
  check_saved_by(sources, invocation.task_name, model);
  invocation.task = find_task(invocation.task_name).make();
  config::Schema& schema = invocation.schema;
  invocation.task->add_options(schema, verb);
  if (invocation.help) return invocation;
  schema.explain_unknown([verb, task = invocation.task_name](const std::string& option) {
    return belongs_to(option, verb, task);
  });
  if (sources.file) {
    check_task_of_file(*sources.file, invocation.task_name, schema);
    check_task_of_model(sources, invocation.task_name, model);
  }
  // What is applied later wins.
  if (sources.preset) schema.apply_preset(*sources.preset, {kTaskKey});
  // A run.yaml holds the options of training too, which this verb does not have.
  if (sources.saved) schema.apply_known(*sources.saved);
  if (sources.file) schema.apply(*sources.file, {kTaskKey});
  schema.apply_flags(arguments);
  if (schema.find("revision")->asked_for) check_has_revision(setting("model"));
  // `train` fills in defaults that others depend on first.
  if (!learns(verb)) schema.find_without_effect();
  invocation.pipes_output = schema.settle_outputs();
  schema.problems().throw_if_any();
  return invocation;
}

}  // namespace attune::cli
