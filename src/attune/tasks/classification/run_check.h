#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/data/check/finding.h"
#include "attune/feed/targets.h"
#include "attune/tasks/classification/options.h"

namespace attune {

/// Adds what would stop a run once its data are read: it is to go by weights of classes that are
/// none, or by a metric that is none or that the validation part leaves undefined.
void add_run_problems(const ClassificationSettings& settings, ProblemType problem,
                      const std::vector<std::string>& labels,
                      const std::optional<Targets>& validation, DataCheck& check);

/// The same of the parts of a data set.
template <typename Parts>
void add_run_problems(const ClassificationSettings& settings, ProblemType problem,
                      const Parts& parts, DataCheck& check) {
  std::optional<Targets> validation;
  if (parts.validation) validation = targets_of(*parts.validation, problem);
  add_run_problems(settings, problem, parts.train.label_names, validation, check);
}

}  // namespace attune
