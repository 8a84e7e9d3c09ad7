#include "attune/tasks/run/saved/run_folder.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/pretrained/resolve.h"
#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/checkpoint/output_folder.h"

namespace attune {
namespace {

constexpr std::string_view kFoldPrefix = "fold-";

/// Of every task: a run may take the place of another task's.
std::vector<std::string> task_files() {
  const auto companions = model_companions();
  std::vector<std::string> names(companions.begin(), companions.end());
  for (const char* name : {kRunFile, kMetricsFile, kReportFile, kBadRowsFile, kFoldFile}) {
    names.emplace_back(name);
  }
  return names;
}

}  // namespace

fs::path fold_folder(const fs::path& output_dir, std::size_t k) {
  return output_dir / fmt::format("{}{}", kFoldPrefix, k + 1);
}

void check_run_folder(const TrainingArguments& args) {
  const bool replaces = args.resume_from_checkpoint || args.overwrite_output_dir;
  check(replaces || list_numbered(args.output_dir, kFoldPrefix).empty(), ErrorKind::user,
        "output_dir: {} holds the folds of another run; resume it (--resume-from-checkpoint last), "
        "replace it (--overwrite-output-dir), or take another folder",
        args.output_dir);
  check_output_folder(args, task_files());
}

void clear_run_folder(const TrainingArguments& args) {
  clear_output_folder(args, task_files());
  if (!args.overwrite_output_dir || args.resume_from_checkpoint) return;
  for (const NumberedFolder& fold : list_numbered(args.output_dir, kFoldPrefix)) {
    remove_tree(fold.path);
  }
}

std::string run_yaml(const std::string& task, const config::Schema& schema) {
  Json settings = {{"task", task}};
  settings.update(schema.resolved());
  return config::dump_yaml(settings);
}

}  // namespace attune
