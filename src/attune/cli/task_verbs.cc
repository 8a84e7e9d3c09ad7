#include <algorithm>

#include <fmt/format.h>

#include "attune/cli/console.h"
#include "attune/cli/invocation.h"
#include "attune/cli/verbs.h"

namespace attune::cli {
namespace {

constexpr const char* kTaskHelp =
    "usage: attune {} [--task TASK] [--preset NAME] [--config FILE] [OPTIONS]\n\n"
    "Options of the task {}, by stage of the pipeline. The same names, with _ for -, stand\n"
    "in a YAML or JSON file given with --config; flags override it.\n"
    "Other tasks have other options: attune {} --help --task TASK, of {}.\n{}";

/// Whether what the verb writes may go to standard output: told before its options are read, as
/// that may take a while (a model of the hub) of which messages come.
bool may_pipe(const Arguments& arguments) {
  return std::ranges::any_of(arguments, [](const std::string& argument) {
    return argument == "-" || argument.ends_with("=-");
  });
}

/// Runs `act` on the verb's task with all settings applied, or prints its options where help is
/// asked for.
template <typename Act>
int run_verb(Verb verb, const char* name, Output output, const Arguments& arguments, Act&& act) {
  Console console(may_pipe(arguments) ? Output::data_at_the_end : output);
  Invocation invocation = prepare(verb, arguments);
  if (invocation.help) {
    fmt::print(kTaskHelp, name, invocation.task_name, name, task_list(),
               invocation.schema.help_text());
    return 0;
  }
  const bool is_quiet = output == Output::nothing && invocation.pipes_output;
  console.show(is_quiet ? Output::data_at_the_end : output);
  return act(*invocation.task, invocation.schema);
}

}  // namespace

int run_train(const Arguments& arguments) {
  return run_verb(Verb::train, "train", Output::nothing, arguments,
                  [](Task& task, config::Schema& schema) {
                    const int signal = task.train(schema);
                    // What a shell gives for a program that a signal has ended.
                    return signal == 0 ? 0 : 128 + signal;
                  });
}

int run_evaluate(const Arguments& arguments) {
  return run_verb(Verb::evaluate, "evaluate", Output::nothing, arguments,
                  [](Task& task, config::Schema& schema) {
                    task.evaluate(schema);
                    return 0;
                  });
}

int run_predict(const Arguments& arguments) {
  return run_verb(Verb::predict, "predict", Output::data, arguments,
                  [](Task& task, config::Schema& schema) {
                    task.predict(schema);
                    return 0;
                  });
}

int run_check(const Arguments& arguments) {
  return run_verb(
      Verb::check, "check", Output::data_at_the_end, arguments,
      [](Task& task, config::Schema& schema) { return task.check_data(schema) ? 1 : 0; });
}

}  // namespace attune::cli
