#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/models/registry.h"
#include "attune/tasks/task.h"

namespace attune {

struct TaskEntry {
  std::string name;  ///< "text-classification"
  std::string help;
  std::function<std::unique_ptr<Task>()> make;
  ModelUse use;  ///< of the models that it trains
  /// Ends of a checkpoint's `architectures` that belong to the task; "": none tell.
  std::string architecture_suffix;
  /// Whether a config.json without them is of a model of the task.
  std::function<bool(const Json& config)> knows = {};
};

/// Every task there is.
const std::vector<TaskEntry>& task_registry();

/// Throws `user`, with the nearest name, where there is none.
const TaskEntry& find_task(const std::string& name);

/// The task that a checkpoint's config.json is for, by its `architectures`, or because a task
/// knows it without; "" where none is.
std::string task_of_config(const Json& config);

/// The tasks that the family of a config.json can be trained for; empty where it is not known.
std::vector<std::string> tasks_that_fit(const Json& config);

}  // namespace attune
