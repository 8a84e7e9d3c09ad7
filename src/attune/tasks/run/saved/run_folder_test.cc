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
  check_run_folder(args_, false);
  for (const char* name : {"decision.json", "metrics.json", "tokenizer.json"}) {
    touch(name);
    EXPECT_THAT(error_of(ErrorKind::user, [&] { check_run_folder(args_, false); }),
                HasSubstr("another run or a model"));
    fs::remove(folder_.path() / name);
  }
  touch("fold-2/run.yaml");  // the first was removed by hand
  EXPECT_THAT(error_of(ErrorKind::user, [&] { check_run_folder(args_, false); }),
              HasSubstr("holds the folds of another run"));
  args_.overwrite_output_dir = true;
  check_run_folder(args_, false);
}

TEST_F(RunFolder, OfFoldsIsResumedByFoldsAlone) {
  touch("fold-1/run.yaml");
  args_.resume_from_checkpoint = "True";
  check_run_folder(args_, true);
  touch("metrics.json");  // all folds are complete
  check_run_folder(args_, true);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { check_run_folder(args_, false); }),
              HasSubstr("holds the folds of another run"));
  remove_tree(folder_.path() / "fold-1");
  fs::remove(folder_.path() / "metrics.json");
  touch("checkpoint-4/model.safetensors");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { check_run_folder(args_, true); }),
              HasSubstr("holds no folds"));
}

TEST_F(RunFolder, OfARunThatHasOnlyBegunIsTakenByTheSameRunAlone) {
  const std::string settings =
      "task: numbers\ntrain:\n  learning_rate: 0.1\n  logging_steps: 5\n  save_strategy: no\n";
  write_file_atomically(folder_.path() / "run.yaml", settings);
  touch("log.jsonl");
  touch("runs/events");
  for (const char* resume : {"", "last"}) {
    if (*resume != '\0') args_.resume_from_checkpoint = resume;
    check_run_folder(args_, false);
    // What does not change a number is no other run.
    check_same_start(args_, "task: numbers\ntrain:\n  learning_rate: 0.1\n  logging_steps: 6\n");
    EXPECT_THAT(error_of(ErrorKind::user,
                         [&] {
                           check_same_start(args_,
                                            "task: numbers\ntrain:\n  learning_rate: 0.2\n"
                                            "  optim: sgd\n  logging_steps: 5\n");
                         }),
                testing::AllOf(HasSubstr("the start of another run"),
                               HasSubstr("learning_rate was 0.1, is 0.2"),
                               HasSubstr("optim was not set, is sgd"),
                               HasSubstr("--overwrite-output-dir")));
  }
  // What was learnt is not begun anew.
  touch("model.safetensors");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { check_run_folder(args_, false); }),
              HasSubstr("holds no checkpoint to resume"));
}

}  // namespace
}  // namespace attune
