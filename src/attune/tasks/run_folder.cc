#include "attune/tasks/run_folder.h"

#include <array>

#include "attune/base/error.h"

namespace attune {
namespace {

/// Files and folders of a run besides checkpoint-STEP.
constexpr std::array kOwnNames = {
    kRunFile,
    kMetricsFile,
    kReportFile,
    kBadRowsFile,
    "log.jsonl",
    "trainer_state.json",
    "runs",
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
};

bool is_checkpoint(const fs::path& path) {
  return path.filename().string().starts_with("checkpoint-");
}

bool is_own(const fs::path& path) {
  if (is_checkpoint(path)) return true;
  for (const char* name : kOwnNames) {
    if (path.filename() == name) return true;
  }
  return false;
}

}  // namespace

void check_output_folder(const fs::path& folder, bool resume, bool overwrite) {
  check(!folder.empty(), ErrorKind::user, "--output-dir is missing");
  check(!fs::exists(folder) || fs::is_directory(folder), ErrorKind::user,
        "--output-dir: {} is not a folder", folder.string());
  if (!fs::exists(folder) || resume || overwrite) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    check(!is_own(entry.path()), ErrorKind::user,
          "--output-dir: {} holds another run ({}); choose another folder, continue that run with "
          "--resume-from-checkpoint last, or remove it with --overwrite-output-dir",
          folder.string(), entry.path().filename().string());
  }
}

void prepare_output_folder(const fs::path& folder, bool overwrite) {
  make_directories(folder);
  if (overwrite) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (is_own(entry.path())) remove_tree(entry.path());
    }
  }
}

std::string run_yaml(const std::string& task, const config::Schema& schema) {
  Json settings = {{"task", task}};
  settings.update(schema.resolved());
  return config::dump_yaml(settings);
}

}  // namespace attune
