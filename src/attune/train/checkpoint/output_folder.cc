#include "attune/train/checkpoint/output_folder.h"

#include <algorithm>
#include <span>

#include "attune/base/disk/folder_lock.h"
#include "attune/base/disk/temporary_file.h"
#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/train/checkpoint/checkpoint.h"

namespace attune {
namespace {

/// What training leaves in its folder when it has learnt something, besides checkpoints; a model
/// counts, so that nobody trains into the folder of the model they began with.
constexpr const char* kResults[] = {"config.json", "model.safetensors", "trainer_state.json"};
/// And from its start.
constexpr const char* kLogs[] = {"log.jsonl", "runs"};

template <typename Names>
bool holds_any(const fs::path& folder, const Names& names) {
  return std::ranges::any_of(names, [&](const auto& name) {
    std::error_code ignored;
    return fs::exists(folder / name, ignored);
  });
}

bool holds_results(const fs::path& folder, const TaskFiles& task_files) {
  return holds_any(folder, kResults) || holds_any(folder, task_files.results);
}

/// Logs beside none of the files that a task's run begins with are somebody else's.
bool holds_foreign_logs(const fs::path& folder, const TaskFiles& task_files) {
  return holds_any(folder, kLogs) && !task_files.begun.empty() &&
         !holds_any(folder, task_files.begun);
}

}  // namespace

std::optional<fs::path> checkpoint_to_resume(const TrainingArguments& args) {
  const std::optional<std::string> choice = resume_choice(args);
  if (!choice) return std::nullopt;
  return *choice == "last" ? find_last_checkpoint(args.output_dir) : fs::path(*choice);
}

bool is_begun_only(const TrainingArguments& args, const TaskFiles& task_files) {
  const fs::path folder = args.output_dir;
  return (holds_any(folder, kLogs) || holds_any(folder, task_files.begun)) &&
         !holds_results(folder, task_files) && list_checkpoints(folder).empty();
}

void check_output_folder(const TrainingArguments& args, const TaskFiles& task_files) {
  if (args.output_dir.empty()) return;
  const fs::path folder = args.output_dir;
  std::error_code error;
  check(!fs::exists(folder, error) || fs::is_directory(folder, error), ErrorKind::user,
        "output_dir: {} is a file, expected a folder", folder.string());
  FolderLock::check_free(folder);
  const std::optional<std::string> resumes = resume_choice(args);
  // Told before anything is read, where the checkpoint itself is opened.
  if (resumes && *resumes != "last") return check_is_checkpoint(*resumes);
  if (!resumes && args.overwrite_output_dir) return;
  const std::vector<NumberedFolder> checkpoints = list_checkpoints(folder);
  if (resumes && !checkpoints.empty()) return;
  // Transformers' have the same name: they are of no use here.
  const bool can_resume = std::ranges::any_of(
      checkpoints, [](const NumberedFolder& each) { return is_checkpoint(each.path); });
  check(checkpoints.empty() && !holds_foreign_logs(folder, task_files), ErrorKind::user,
        "output_dir: {} holds another run or a model; {}replace it (--overwrite-output-dir), or "
        "take another folder",
        folder.string(), can_resume ? "resume it (--resume-from-checkpoint last), " : "");
  // One that was only begun starts again, by either.
  check(!holds_results(folder, task_files), ErrorKind::user,
        "output_dir: {} holds another run or a model, finished: it holds no checkpoint to resume; "
        "replace it (--overwrite-output-dir{}), or take another folder",
        folder.string(), resumes ? " without --resume-from-checkpoint" : "");
}

void clear_output_folder(const TrainingArguments& args, const TaskFiles& task_files) {
  if (args.output_dir.empty() || !args.overwrite_output_dir || resume_choice(args)) return;
  // Named files only: the folder may hold the user's own. All of a run's go, for predict would take
  // an old file for the new model's.
  const fs::path folder = args.output_dir;
  for (const NumberedFolder& old : list_checkpoints(folder)) remove_tree(old.path);
  for (const char* file : kResults) remove_tree(folder / file);
  for (const char* file : kLogs) remove_tree(folder / file);
  for (const std::string& file : task_files.results) remove_tree(folder / file);
  for (const std::string& file : task_files.begun) remove_tree(folder / file);
}

std::optional<fs::path> prepare_output_folder(const TrainingArguments& args) {
  if (args.output_dir.empty()) return std::nullopt;
  check_output_folder(args);
  const std::optional<fs::path> checkpoint = checkpoint_to_resume(args);
  const fs::path folder = args.output_dir;
  for (const fs::path& path : remove_leftovers(folder)) {
    log_info("removed {}, left by a process that was killed", path.string());
  }
  clear_output_folder(args);
  if (args.overwrite_output_dir && resume_choice(args)) {
    log_warning("--overwrite-output-dir: nothing is replaced, for the run resumes what is there");
  }
  if (checkpoint) return checkpoint;
  if (resume_choice(args)) {
    log_warning("{} holds no checkpoint yet: the run starts from its beginning", folder.string());
  } else if (is_begun_only(args)) {
    log_info("{} holds the start of this run, ended before its first checkpoint: it starts again",
             folder.string());
  }
  // Logs of a start before, which would otherwise tell of updates that are done anew.
  for (const char* file : kLogs) remove_tree(folder / file);
  return std::nullopt;
}

}  // namespace attune
