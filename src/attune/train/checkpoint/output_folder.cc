#include "attune/train/checkpoint/output_folder.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/train/checkpoint/checkpoint.h"

namespace attune {
namespace {

/// What training leaves in its folder besides checkpoints; a model counts, so that nobody trains
/// into the folder of the model they began with.
constexpr const char* kTrainingFiles[] = {"config.json", "model.safetensors", "trainer_state.json",
                                          "log.jsonl", "runs"};

bool holds_a_run(const fs::path& folder, std::span<const std::string> task_files) {
  const auto is_there = [&](const auto& file) { return fs::exists(folder / file); };
  return std::ranges::any_of(kTrainingFiles, is_there) ||
         std::ranges::any_of(task_files, is_there) || !list_checkpoints(folder).empty();
}

}  // namespace

std::optional<fs::path> checkpoint_to_resume(const TrainingArguments& args) {
  if (!args.resume_from_checkpoint) return std::nullopt;
  if (*args.resume_from_checkpoint != "last") return fs::path(*args.resume_from_checkpoint);
  const std::optional<fs::path> last = find_last_checkpoint(args.output_dir);
  check(last.has_value(), ErrorKind::user,
        "resume_from_checkpoint: {} holds no checkpoint; name the folder of one, or leave the "
        "option out to start a new run",
        args.output_dir);
  return last;
}

void check_output_folder(const TrainingArguments& args, std::span<const std::string> task_files) {
  if (args.output_dir.empty() || args.resume_from_checkpoint || args.overwrite_output_dir) return;
  const fs::path folder = args.output_dir;
  std::error_code error;
  check(!fs::exists(folder, error) || fs::is_directory(folder, error), ErrorKind::user,
        "output_dir: {} is a file, expected a folder", folder.string());
  check(!holds_a_run(folder, task_files), ErrorKind::user,
        "output_dir: {} holds another run or a model; resume it (--resume-from-checkpoint last), "
        "replace it (--overwrite-output-dir), or take another folder",
        folder.string());
}

void clear_output_folder(const TrainingArguments& args, std::span<const std::string> task_files) {
  if (args.output_dir.empty() || !args.overwrite_output_dir || args.resume_from_checkpoint) return;
  // Named files only: the folder may hold the user's own. All of a run's go, for predict would take
  // an old file for the new model's.
  const fs::path folder = args.output_dir;
  for (const NumberedFolder& old : list_checkpoints(folder)) remove_tree(old.path);
  for (const char* file : kTrainingFiles) remove_tree(folder / file);
  for (const std::string& file : task_files) remove_tree(folder / file);
}

std::optional<fs::path> prepare_output_folder(const TrainingArguments& args) {
  if (args.output_dir.empty()) return std::nullopt;
  check_output_folder(args);
  const std::optional<fs::path> checkpoint = checkpoint_to_resume(args);
  const fs::path folder = args.output_dir;
  make_directories(folder);
  remove_leftovers(folder);
  clear_output_folder(args);
  return checkpoint;
}

}  // namespace attune
