#pragma once

#include <string>

#include "attune/config/schema.h"

namespace attune {

/// Names of what a task leaves in a run's output folder.
inline constexpr const char* kRunFile = "run.yaml";
inline constexpr const char* kMetricsFile = "metrics.json";
inline constexpr const char* kReportFile = "report.html";
inline constexpr const char* kBadRowsFile = "bad_rows.jsonl";
inline constexpr const char* kFoldFile = "fold.json";

/// The run's settings as run.yaml holds them.
std::string run_yaml(const std::string& task, const config::Schema& schema);

}  // namespace attune
