#include <algorithm>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/cli/console.h"
#include "attune/cli/invocation.h"
#include "attune/cli/verbs.h"
#include "attune/models/architectures.h"
#include "attune/tasks/presets.h"

namespace attune::cli {
namespace {

constexpr const char* kConfigHelp =
    R"(usage: attune config [--task TASK] [--preset NAME] [--config FILE] [TRAINING OPTIONS]
       attune config presets | architectures | schema | reference   [--task TASK]

Without a word it prints the settings that `attune train` would run with, as YAML: a start for a
settings file of your own.
  presets        lists the presets
  architectures  lists what --architecture can name
  schema         prints a JSON schema of a settings file, for editors
  reference      prints every option as Markdown
)";

void print_presets() {
  for (const Preset& preset : presets()) {
    fmt::print("{}/{}\n    {}\n", preset.task, preset.name, about(preset));
  }
}

void print_architectures() {
  std::size_t width = 0;
  for (const Architecture& item : architectures()) width = std::max(width, item.name.size());
  for (const Architecture& item : architectures()) {
    fmt::print("{:<{}}  {}\n", item.name, width, item.about);
  }
}

}  // namespace

int run_config(const Arguments& given) {
  Arguments arguments = given;
  if (take_flag(arguments, "help")) {
    fmt::print("{}", kConfigHelp);
    return 0;
  }
  std::string what;
  if (!arguments.empty() && !arguments.front().starts_with("--")) {
    what = arguments.front();
    arguments.erase(arguments.begin());
  }
  if (what == "presets") {
    print_presets();
    return 0;
  }
  if (what == "architectures") {
    print_architectures();
    return 0;
  }
  check(what.empty() || what == "schema" || what == "reference", ErrorKind::user,
        "attune config: got \"{}\", expected presets, architectures, schema or reference", what);
  if (!what.empty()) arguments.push_back("--help");  // only the options' names count
  // Standard output is the settings file.
  const Console console(Output::data_at_the_end);
  const Invocation invocation = prepare(Verb::train, arguments);
  if (what == "schema") {
    fmt::print("{}", dump_json(invocation.schema.json_schema()));
  } else if (what == "reference") {
    fmt::print("# Options of {}\n{}", invocation.task_name, invocation.schema.markdown());
  } else {
    // With its task in front, the file that this prints can be given to --config alone.
    Json settings = {{"task", invocation.task_name}};
    settings.update(invocation.schema.resolved());
    fmt::print("{}", config::dump_yaml(settings));
  }
  return 0;
}

}  // namespace attune::cli
