#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/config/schema.h"
#include "attune/tasks/task.h"

namespace attune::cli {

/// A verb's task with all settings applied: defaults < preset < file (or, for a saved model, its
/// run.yaml) < flags.
struct Invocation {
  std::unique_ptr<Task> task;
  std::string task_name;
  config::Schema schema;
  bool pipes_output = false;  ///< a file that the verb writes is standard output
  bool help = false;          ///< `--help` was asked for; nothing but the options' names counts
};

/// Reads a verb's arguments. `--task`, `--preset`, `--config` and `--help` are handled here, all
/// others are the task's. Throws one `user` error with every problem, unless help is asked for.
Invocation prepare(Verb verb, const std::vector<std::string>& arguments);

/// The value that the flags give an option, in any of its spellings; the last one counts, as for
/// the option itself.
std::string value_in(const std::vector<std::string>& arguments, const std::string& name);
/// The folder of a saved model. A hub model is fetched: its run.yaml and config.json say as much as
/// those of a folder. What is neither is returned as it is.
fs::path model_folder(const std::string& name, const std::string& revision);
/// The tasks there are, "a, b, c".
std::string task_list();

/// Takes `--NAME VALUE` or `--NAME=VALUE` out of `arguments`; "" where it is not there.
std::string take_option(std::vector<std::string>& arguments, const std::string& name);
/// Throws `user` where a revision is asked for of a model that is a folder or file on this machine:
/// it has none.
void check_has_revision(const std::string& model);
/// Takes a flag without value out of `arguments`.
bool take_flag(std::vector<std::string>& arguments, const std::string& name);

}  // namespace attune::cli
