#pragma once

#include "attune/tasks/run/fine_tuning.h"

namespace attune {

/// What the report of every run shows, whatever its task: time and memory in the headline, sections
/// on training, settings, model and machine. The task adds the title, what was found out and what
/// the data are.
Report run_report(const FinishedRun& run);

}  // namespace attune
