#include <fmt/format.h>

#include "attune/cli/console.h"
#include "attune/cli/invocation.h"
#include "attune/cli/verbs.h"
#include "attune/train/signals.h"

namespace attune::cli {
namespace {

void print_help(const char* verb, const Invocation& invocation) {
  fmt::print(
      "usage: attune {} [--task TASK] [--preset NAME] [--config FILE] [OPTIONS]\n\n"
      "Options of the task {}, by stage of the pipeline. The same names, with _ for -, stand\n"
      "in a YAML or JSON file given with --config; flags override it.\n{}",
      verb, invocation.task_name, invocation.schema.help_text());
}

}  // namespace

int run_train(const Arguments& arguments) {
  const Console console(false);
  Invocation invocation = prepare(Verb::train, arguments);
  if (invocation.help) {
    print_help("train", invocation);
    return 0;
  }
  install_stop_signals();
  const int signal = invocation.task->train(invocation.schema);
  return signal == 0 ? 0 : 128 + signal;
}

int run_evaluate(const Arguments& arguments) {
  const Console console(false);
  Invocation invocation = prepare(Verb::evaluate, arguments);
  if (invocation.help) {
    print_help("evaluate", invocation);
    return 0;
  }
  invocation.task->evaluate(invocation.schema);
  return 0;
}

int run_predict(const Arguments& arguments) {
  const Console console(true);  // standard output is for predictions
  Invocation invocation = prepare(Verb::predict, arguments);
  if (invocation.help) {
    print_help("predict", invocation);
    return 0;
  }
  invocation.task->predict(invocation.schema);
  return 0;
}

}  // namespace attune::cli
