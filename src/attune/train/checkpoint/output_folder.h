#pragma once

#include <optional>
#include <span>
#include <string>

#include "attune/base/files.h"
#include "attune/train/options.h"

namespace attune {

/// The checkpoint that `resume_from_checkpoint` names: "last" is the newest in `output_dir`.
/// Nothing where the option is not set. Throws `user` where there is none.
std::optional<fs::path> checkpoint_to_resume(const TrainingArguments& args);

/// Throws `user` where `output_dir` holds another run and the options neither resume nor overwrite
/// it. Changes nothing: a program asks before it loads anything. `task_files`: what a run leaves
/// there beside model, checkpoints and logs; whoever writes them knows their names.
void check_output_folder(const TrainingArguments& args,
                         std::span<const std::string> task_files = {});

/// With `overwrite_output_dir`, unless the run resumes: removes model, checkpoints and logs of an
/// earlier run, and `task_files`. Files of other names stay.
void clear_output_folder(const TrainingArguments& args,
                         std::span<const std::string> task_files = {});

/// Makes the folder ready to be written to and returns `checkpoint_to_resume`. Throws and clears as
/// the two above, without a task's files.
std::optional<fs::path> prepare_output_folder(const TrainingArguments& args);

}  // namespace attune
