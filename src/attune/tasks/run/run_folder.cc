#include "attune/tasks/run/run_folder.h"

namespace attune {

std::string run_yaml(const std::string& task, const config::Schema& schema) {
  Json settings = {{"task", task}};
  settings.update(schema.resolved());
  return config::dump_yaml(settings);
}

}  // namespace attune
