#include "attune/tasks/run/saved/run_folder.h"

#include <set>
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

namespace attune {
namespace {

constexpr std::uint64_t kMaxRunFile = 1 << 20;
constexpr std::string_view kFoldPrefix = "fold-";

/// Of every task: a run may take the place of another task's.
TaskFiles task_files() {
  const auto companions = model_companions();
  std::vector<std::string> results(companions.begin(), companions.end());
  std::erase(results, kRunFile);
  for (const char* name : {kMetricsFile, kReportFile, kFoldFile}) results.emplace_back(name);
  return {.begun = {kRunFile, kBadRowsFile}, .results = std::move(results)};
}

/// Options that differ between two files of settings, "learning_rate was 1e-5, is 2e-5" each.
/// YAML's scalars are texts, so that numbers compare as they are written.
std::vector<std::string> differences(const Json& before, const Json& now,
                                     const std::string& name = "") {
  std::vector<std::string> found;
  if (!before.is_object() || !now.is_object()) {
    if (before != now && changes_numbers(name)) {
      const auto text = [](const Json& json) {
        return json.is_null() ? std::string("not set") : dump_json_line(json);
      };
      found.push_back(fmt::format("{} was {}, is {}", name, text(before), text(now)));
    }
    return found;
  }
  std::set<std::string> keys;
  for (const auto& [key, value] : before.items()) keys.insert(key);
  for (const auto& [key, value] : now.items()) keys.insert(key);
  for (const std::string& key : keys) {
    const Json nothing;
    const auto of = [&](const Json& json) { return json.contains(key) ? json.at(key) : nothing; };
    for (std::string& text : differences(of(before), of(now), key))
      found.push_back(std::move(text));
  }
  return found;
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
  const Json before = config::parse_yaml(read_file(file, kMaxRunFile), file.string()).value;
  const std::vector<std::string> found =
      differences(before, config::parse_yaml(settings, kRunFile).value);
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

bool was_trained_on(const fs::path& model, const std::vector<std::string>& files) {
  const fs::path run = model / kRunFile;
  if (!fs::exists(run)) return false;
  const Json settings = config::parse_yaml(read_file(run, kMaxRunFile), run.string()).value;
  if (!settings.contains("data")) return false;
  for (const char* option : {"train_file", "train_dir", "manifest", "data_file"}) {
    const Json learnt = settings.at("data").value(option, Json());
    if (!learnt.is_string() || learnt.get_ref<const std::string&>().empty()) continue;
    for (const std::string& file : files) {
      std::error_code error;  // of files that are gone
      if (!file.empty() && fs::equivalent(learnt.get<std::string>(), file, error)) return true;
    }
  }
  return false;
}

std::string run_yaml(const std::string& task, const config::Schema& schema) {
  Json settings = {{"task", task}};
  settings.update(schema.resolved());
  return config::dump_yaml(settings);
}

}  // namespace attune
