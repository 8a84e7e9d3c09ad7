#include "attune/tasks/run/saved/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class RunFolder : public ::testing::Test {
 protected:
  RunFolder() { args_.output_dir = folder_.path().string(); }

  void touch(const fs::path& name) const {
    make_directories((folder_.path() / name).parent_path());
    write_file_atomically(folder_.path() / name, "x");
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      found.push_back(entry.path().filename().string());
    }
    return found;
  }

  TemporaryFolder folder_;
  TrainingArguments args_;
};

TEST_F(RunFolder, IsClearedOfEveryTasksFilesAndOfNoOthers) {
  // A text run's, a medical run's, a cross-validation's.
  for (const char* name : {"config.json",
                           "model.safetensors",
                           "tokenizer.json",
                           "tokenizer_config.json",
                           "vocab.txt",
                           "special_tokens_map.json",
                           "preprocessor_config.json",
                           "decision.json",
                           "run.yaml",
                           "metrics.json",
                           "report.html",
                           "bad_rows.jsonl",
                           "fold.json",
                           "trainer_state.json",
                           "log.jsonl",
                           "runs/events",
                           "checkpoint-3/model.safetensors",
                           "fold-1/fold.json",
                           "fold-12/fold.json",
                           "notes.txt",
                           "fold-1-old/fold.json",
                           "fold-/x",
                           "folds.csv"}) {
    touch(name);
  }
  const std::size_t all = names().size();
  clear_run_folder(args_);
  EXPECT_EQ(names().size(), all);  // nobody asked
  args_.overwrite_output_dir = true;
  args_.resume_from_checkpoint = "last";
  clear_run_folder(args_);
  EXPECT_EQ(names().size(), all);
  args_.resume_from_checkpoint.reset();
  clear_run_folder(args_);
  EXPECT_THAT(names(), UnorderedElementsAre("notes.txt", "fold-1-old", "fold-", "folds.csv"));
}

TEST_F(RunFolder, IsRefusedWhereItHoldsARunOfAnyTask) {
  touch("notes.txt");
  check_run_folder(args_);
  for (const char* name : {"decision.json", "metrics.json", "tokenizer.json"}) {
    touch(name);
    EXPECT_THAT(error_of(ErrorKind::user, [&] { check_run_folder(args_); }),
                HasSubstr("another run or a model"));
    fs::remove(folder_.path() / name);
  }
  touch("fold-2/run.yaml");  // the first was removed by hand
  EXPECT_THAT(error_of(ErrorKind::user, [&] { check_run_folder(args_); }),
              HasSubstr("holds the folds of another run"));
  args_.overwrite_output_dir = true;
  check_run_folder(args_);
}

}  // namespace
}  // namespace attune
