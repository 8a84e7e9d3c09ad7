#pragma once

#include <optional>

#include "attune/base/files.h"
#include "attune/train/options.h"

namespace attune {

/// The checkpoint that `resume_from_checkpoint` names: "last" is the newest in `output_dir`.
/// Nothing where the option is not set. Throws `user` where there is none.
std::optional<fs::path> checkpoint_to_resume(const TrainingArguments& args);

/// Throws `user` where `output_dir` holds another run and the options neither resume nor overwrite
/// it. Changes nothing: a program asks before it loads anything.
void check_output_folder(const TrainingArguments& args);

/// Makes the folder ready to be written to and returns `checkpoint_to_resume`. With
/// `overwrite_output_dir` the checkpoints and logs of an earlier run go.
std::optional<fs::path> prepare_output_folder(const TrainingArguments& args);

}  // namespace attune
