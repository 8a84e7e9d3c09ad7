#pragma once

#include <string>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/config/schema.h"

namespace attune {

/// Names of what a training run leaves in its output folder.
inline constexpr const char* kRunFile = "run.yaml";
inline constexpr const char* kMetricsFile = "metrics.json";
inline constexpr const char* kReportFile = "report.html";
inline constexpr const char* kBadRowsFile = "bad_rows.jsonl";

/// Throws `user` where `folder` holds another run or model and the caller neither resumes nor
/// overwrites, or where it is no folder. Writes nothing.
void check_output_folder(const fs::path& folder, bool resume, bool overwrite);

/// Creates the folder; with `overwrite` what an earlier run left in it is removed, and nothing
/// else. Throws `io` where it cannot be written.
void prepare_output_folder(const fs::path& folder, bool overwrite);

/// The run's settings as run.yaml holds them.
std::string run_yaml(const std::string& task, const config::Schema& schema);

}  // namespace attune
