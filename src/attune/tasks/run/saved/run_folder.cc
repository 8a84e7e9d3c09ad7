#include "attune/tasks/run/saved/run_folder.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/base/disk/folder_lock.h"
#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/config/document.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/run/settings.h"
#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/checkpoint/output_folder.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

constexpr std::string_view kFoldPrefix = "fold-";

/// Of every task: a run may take the place of another task's.
TaskFiles task_files() {
  const auto companions = model_companions();
  std::vector<std::string> results(companions.begin(), companions.end());
  std::erase(results, kRunFile);
  for (const char* name : {kMetricsFile, kReportFile, kFoldFile}) results.emplace_back(name);
  return {.begun = {kRunFile, kBadRowsFile}, .results = std::move(results)};
}

/// The options of a run.yaml that its numbers depend on, by name; null is not set.
Json compared_options(const Json& file) {
  Json options = Json::object();
  const auto add = [&](const std::string& name, const Json& value) {
    if (!value.is_null() && changes_numbers(name)) options[name] = value;
  };
  for (const auto& [name, value] : file.items()) {
    if (!value.is_object()) {
      add(name, value);
      continue;
    }
    for (const auto& [inner, setting] : value.items()) add(inner, setting);
  }
  return options;
}

}  // namespace

fs::path fold_folder(const fs::path& output_dir, std::size_t k) {
  return output_dir / fmt::format("{}{}", kFoldPrefix, k + 1);
}

std::vector<fs::path> complete_folds(const fs::path& output_dir) {
  std::vector<fs::path> folds;
  for (const NumberedFolder& fold : list_numbered(output_dir, kFoldPrefix)) {
    if (fs::exists(fold.path / kFoldFile)) folds.push_back(fold.path);
  }
  return folds;
}

void check_run_folder(const TrainingArguments& args, bool trains_folds) {
  const bool resumes = resume_choice(args).has_value();
  if (!list_numbered(args.output_dir, kFoldPrefix).empty()) {
    // Folds find their own checkpoints.
    if (trains_folds && resumes) return FolderLock::check_free(args.output_dir);
    check(!resumes && args.overwrite_output_dir, ErrorKind::user,
          "output_dir: {} holds the folds of another run; resume it (--resume-from-checkpoint last "
          "with the same --folds), replace it (--overwrite-output-dir), or take another folder",
          args.output_dir);
  }
  check(!trains_folds || !resumes || list_checkpoints(args.output_dir).empty(), ErrorKind::user,
        "--resume-from-checkpoint: {} holds no folds, but a run without --folds; take another "
        "folder",
        args.output_dir);
  check_output_folder(args, task_files());
}

void check_same_start(const TrainingArguments& args, const std::string& settings) {
  const fs::path file = fs::path(args.output_dir) / kRunFile;
  const bool replaces = args.overwrite_output_dir && !resume_choice(args);
  if (replaces || !is_begun_only(args, task_files())) return;
  if (!fs::exists(file)) return;
  // YAML's scalars are texts: of both, so that numbers compare as they are written.
  const std::vector<std::string> found =
      setting_differences(compared_options(config::read_document(file).value),
                          compared_options(config::parse_yaml(settings, kRunFile).value));
  check(found.empty(), ErrorKind::user,
        "output_dir: {} holds the start of another run, which has no checkpoint: {}; replace it "
        "(--overwrite-output-dir), or take another folder",
        args.output_dir, join(found, "; "));
}

void clear_run_folder(const TrainingArguments& args) {
  clear_output_folder(args, task_files());
  if (!args.overwrite_output_dir || resume_choice(args)) return;
  for (const NumberedFolder& fold : list_numbered(args.output_dir, kFoldPrefix)) {
    remove_tree(fold.path);
  }
}

bool was_trained_on(const fs::path& model, const std::map<std::string, std::string>& places) {
  const fs::path run = model / kRunFile;
  if (!fs::exists(run)) return false;
  const Json settings = config::read_document(run).value;
  if (!settings.contains("data") || !settings.at("data").is_object()) return false;
  return std::ranges::any_of(places, [&](const auto& place) {
    const auto& [option, path] = place;
    const Json learnt = settings.at("data").value(option, Json());
    if (path.empty() || !learnt.is_string()) return false;
    std::error_code error;  // of files that are gone
    return fs::equivalent(learnt.get<std::string>(), path, error);
  });
}

std::string run_yaml(const std::string& task, const config::Schema& schema) {
  Json settings = {{"task", task}};
  settings.update(schema.resolved());
  return config::dump_yaml(settings);
}

}  // namespace attune
