#include "attune/base/disk/temporary_file.h"

#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The number of a process that has ended.
pid_t dead_process() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

TEST(TemporaryFile, WhatADeadProcessLeftGoes) {
  const TemporaryFolder folder;
  const std::string end = ".attune-tmp-" + std::to_string(dead_process()) + "-0";
  const fs::path file = folder.path() / (".log.jsonl" + end);
  const fs::path checkpoint = folder.path() / (".checkpoint-9" + end);
  std::ofstream(file) << "half";
  make_directories(checkpoint / "deeper");
  EXPECT_THAT(remove_leftovers(folder.path()), ::testing::UnorderedElementsAre(file, checkpoint));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(TemporaryFile, WhatThisProcessIsWritingStays) {
  const TemporaryFolder folder;
  const Temporary file = create_temporary_file(folder.path() / "a");
  const Temporary made = create_temporary_folder(folder.path() / "b");
  EXPECT_THAT(remove_leftovers(folder.path()), IsEmpty());
  // Numbers of processes come back, in containers most of all: the lock tells, not the number.
  close(file.descriptor);
  close(made.descriptor);
  EXPECT_EQ(remove_leftovers(folder.path()).size(), 2U);
}

TEST(TemporaryFile, FilesOfTheUsersStay) {
  const TemporaryFolder folder;
  for (const char* name : {".bashrc", ".a.attune-tmp-", ".a.attune-tmp-1", ".a.attune-tmp-x-1",
                           ".a.attune-tmp-1-2.old", "a.attune-tmp-1-2", ".attune-tmp-1-2"}) {
    std::ofstream(folder.path() / name) << "mine";
  }
  EXPECT_THAT(remove_leftovers(folder.path()), IsEmpty());
}

TEST(TemporaryFile, WritingAFileRemovesItsOwnLeftoversAlone) {
  const TemporaryFolder folder;
  const std::string end = ".attune-tmp-" + std::to_string(dead_process()) + "-3";
  std::ofstream(folder.path() / (".out.jsonl" + end)) << "half";
  std::ofstream(folder.path() / (".other.jsonl" + end)) << "half";
  write_file_atomically(folder.path() / "out.jsonl", "x");
  EXPECT_FALSE(fs::exists(folder.path() / (".out.jsonl" + end)));
  EXPECT_THAT(remove_leftovers(folder.path()), ElementsAre(folder.path() / (".other.jsonl" + end)));
}

TEST(TemporaryFile, TheFolderForThemNeedNotBeThere) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  setenv("TMPDIR", "/no/such/folder", 1);
  EXPECT_EQ(temporary_folder(), "/no/such/folder");
  unsetenv("TMPDIR");
  EXPECT_EQ(temporary_folder(), "/tmp");
  if (before != nullptr) setenv("TMPDIR", kept.c_str(), 1);
}

}  // namespace
}  // namespace attune
