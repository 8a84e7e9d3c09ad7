#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/train/options.h"

namespace attune {

/// What a task leaves in a run's folder beside model, checkpoints and logs; whoever writes the
/// files knows their names.
struct TaskFiles {
  std::vector<std::string> begun;    ///< there from the start
  std::vector<std::string> results;  ///< there when something was learnt
};

/// The checkpoint that `resume_from_checkpoint` names: "last" is the newest in `output_dir`.
/// Nothing where the option is not set, and where "last" finds none: the run then starts.
std::optional<fs::path> checkpoint_to_resume(const TrainingArguments& args);

/// Whether `output_dir` holds a run that was ended before its first checkpoint: what it is, and
/// logs, but nothing that was learnt. Such a run starts again.
bool is_begun_only(const TrainingArguments& args, const TaskFiles& task_files = {});

/// Throws `user` where `output_dir` holds what another run has learnt and the options neither
/// resume nor overwrite it, where it is to be resumed and has no checkpoint, and where another
/// process is writing to it. Changes nothing: a program asks before it loads anything.
void check_output_folder(const TrainingArguments& args, const TaskFiles& task_files = {});

/// With `overwrite_output_dir`, unless the run resumes: removes model, checkpoints and logs of an
/// earlier run, and `task_files`. Files of other names stay.
void clear_output_folder(const TrainingArguments& args, const TaskFiles& task_files = {});

/// Makes the folder ready to be written to and returns `checkpoint_to_resume`: throws and clears as
/// the two above, and removes what killed processes have left. Requires the folder's lock.
std::optional<fs::path> prepare_output_folder(const TrainingArguments& args);

}  // namespace attune
