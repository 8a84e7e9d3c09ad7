#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/config/schema.h"
#include "attune/train/options.h"

namespace attune {

/// Names of what a task leaves in a run's output folder.
inline constexpr const char* kRunFile = "run.yaml";
inline constexpr const char* kMetricsFile = "metrics.json";
inline constexpr const char* kReportFile = "report.html";
inline constexpr const char* kBadRowsFile = "bad_rows.jsonl";
inline constexpr const char* kFoldFile = "fold.json";

/// The folder of fold `k`, from 0, of a cross-validation in `output_dir`.
fs::path fold_folder(const fs::path& output_dir, std::size_t k);

/// The folders of the complete folds of a cross-validation in `output_dir`, in order; none where it
/// is none.
std::vector<fs::path> complete_folds(const fs::path& output_dir);

/// Throws `user` where `output_dir` holds what a run of any task has learnt, folds included, and
/// the options neither resume nor overwrite it, and where another process is writing to it.
/// `trains_folds`: the run is a cross-validation. Changes nothing.
void check_run_folder(const TrainingArguments& args, bool trains_folds);

/// A run that was ended before its first checkpoint starts again in its folder. Throws `user`,
/// naming the options that differ, where the folder holds the start of another run; `settings`:
/// what run.yaml will hold.
void check_same_start(const TrainingArguments& args, const std::string& settings);

/// With `overwrite_output_dir`, unless the run resumes: removes all that runs of any task leave.
/// Files of other names stay.
void clear_run_folder(const TrainingArguments& args);

/// Whether the run that left `model` learnt from one of `places` (by the name of the option that
/// takes it; "" is none), by its run.yaml; false where that cannot be told.
bool was_trained_on(const fs::path& model, const std::map<std::string, std::string>& places);

/// The run's settings as run.yaml holds them.
std::string run_yaml(const std::string& task, const config::Schema& schema);

}  // namespace attune
