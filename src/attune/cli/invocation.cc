#include "attune/cli/invocation.h"

#include <algorithm>
#include <optional>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
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

std::string task_list() {
  std::vector<std::string> names;
  for (const TaskEntry& entry : task_registry()) names.push_back(entry.name);
  return join(names, ", ");
}

/// Whether a verb has the options of a run: `--model` is what it begins with.
bool learns(Verb verb) {
  return verb == Verb::train || verb == Verb::check;
}

/// Where the task's name and the settings of a saved model come from.
struct Sources {
  std::optional<config::Document> preset, file, saved;
};

/// The folder of the saved model. A hub model is fetched: its run.yaml and config.json say as much
/// as those of a folder.
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

/// "--train-dir=x" -> "train_dir".
std::string option_name(const std::string& argument) {
  std::string name = argument.substr(2, argument.find('=') - 2);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
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
    const auto known = std::count_if(names.begin(), names.end(), [&](const std::string& name) {
      const bool is_negation = name.starts_with("no_");
      return schema.find(name) != nullptr ||
             (is_negation && schema.find(name.substr(3)) != nullptr);
    });
    if (known > most) {
      most = known;
      best = entry.name;
    }
  }
  return best;
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

std::string take_option(std::vector<std::string>& arguments, const std::string& name) {
  const std::string flag = "--" + name;
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
  std::vector<std::string> peek = arguments;
  fs::path model;
  if (!learns(verb) && !invocation.help) {
    const std::string revision = take_option(peek, "revision");
    model = model_folder(take_option(peek, "model"), revision);
  }
  if (!model.empty() && fs::exists(model / "run.yaml")) {
    sources.saved = config::read_document(model / "run.yaml");
  }

  invocation.task_name = find_task_name(task_flag, sources, model);
  if (invocation.task_name.empty()) invocation.task_name = task_by_options(verb, arguments);
  if (invocation.task_name.empty() && (invocation.help || !learns(verb))) {
    invocation.task_name = task_registry().front().name;  // help and errors show a task's options
  }
  check(!invocation.task_name.empty(), ErrorKind::user, "--task is missing; tasks are: {}",
        task_list());
  invocation.task = find_task(invocation.task_name).make();
  config::Schema& schema = invocation.schema;
  invocation.task->add_options(schema, verb);
  if (invocation.help) return invocation;
  // What is applied later wins.
  if (sources.preset) schema.apply_preset(*sources.preset, {kTaskKey});
  // A run.yaml holds the options of training too, which this verb does not have.
  if (sources.saved) schema.apply_known(*sources.saved);
  if (sources.file) schema.apply(*sources.file, {kTaskKey});
  schema.apply_flags(arguments);
  // `train` fills in defaults that others depend on first.
  if (!learns(verb)) schema.find_without_effect();
  schema.problems().throw_if_any();
  return invocation;
}

}  // namespace attune::cli
