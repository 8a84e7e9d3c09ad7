#include "attune/base/disk/folder_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

/// Of a process of its own that tries to get the folder.
std::string error_elsewhere(const fs::path& folder, bool only_asks) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    // What this process holds, a child of fork() inherits: the real path must not be known to it.
    const std::string text = error_of([&] {
      only_asks ? FolderLock::check_free(folder) : static_cast<void>(FolderLock::take(folder));
    });
    _exit(write(ends[1], text.data(), text.size()) < 0 ? 1 : 0);
  }
  close(ends[1]);
  std::string text(1000, '\0');
  const ssize_t got = read(ends[0], text.data(), text.size());
  close(ends[0]);
  waitpid(child, nullptr, 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

/// A process that holds a folder until it is told to end, or killed.
class Holder {
 public:
  explicit Holder(const fs::path& folder) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    child_ = fork();
    if (child_ == 0) {
      const auto lock = FolderLock::take(folder);
      if (write(ready[1], "x", 1) != 1) _exit(1);
      pause();
      _exit(0);
    }
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~Holder() { end(); }
  void end() {
    if (child_ > 0) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  pid_t process() const { return child_; }

 private:
  pid_t child_ = 0;
};

TEST(FolderLock, AnotherProcessIsNamedAndAKilledOneIsNoObstacle) {
  const TemporaryFolder folder;
  Holder holder(folder.path());
  const std::string expected =
      "is in use by another run (process " + std::to_string(holder.process()) + " on ";
  EXPECT_THAT(error_of(ErrorKind::user, [&] { FolderLock::take(folder.path()); }),
              HasSubstr(expected));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { FolderLock::check_free(folder.path()); }),
              HasSubstr(expected));
  holder.end();
  EXPECT_TRUE(fs::exists(folder.path() / ".attune.lock"));  // stale
  FolderLock::check_free(folder.path());
  const auto lock = FolderLock::take(folder.path());
  EXPECT_THAT(read_file(folder.path() / ".attune.lock", 1000),
              HasSubstr("process " + std::to_string(getpid()) + " on "));
}

TEST(FolderLock, IsSharedWithinAProcessAndGoesWithTheLast) {
  const TemporaryFolder folder;
  auto first = FolderLock::take(folder.path());
  auto second = FolderLock::take(folder.path() / ".");
  EXPECT_EQ(first, second);
  FolderLock::check_free(folder.path());
  first.reset();
  EXPECT_TRUE(fs::exists(folder.path() / ".attune.lock"));
  second.reset();
  EXPECT_TRUE(fs::is_empty(folder.path()));
  EXPECT_EQ(error_elsewhere(folder.path(), true), "no error");
  EXPECT_EQ(error_elsewhere(folder.path(), false), "no error");
}

TEST(FolderLock, AFolderThatIsNotThereIsFree) {
  const TemporaryFolder folder;
  FolderLock::check_free(folder.path() / "later");
}

TEST(FolderLock, WhatLiesInAFolderOfAnotherProcessIsItsToo) {
  const TemporaryFolder folder;
  Holder holder(folder.path());
  for (const fs::path inner : {folder.path() / "fold-2", folder.path() / "a" / "b"}) {
    EXPECT_THAT(error_of(ErrorKind::user, [&] { FolderLock::take(inner); }),
                HasSubstr(folder.path().string() + " is in use by another run"));
    EXPECT_THAT(error_of(ErrorKind::user, [&] { FolderLock::check_free(inner); }),
                HasSubstr("is in use"));
  }
  EXPECT_FALSE(fs::exists(folder.path() / "a"));
  holder.end();
  const auto outer = FolderLock::take(folder.path());  // as a cross-validation does
  EXPECT_NE(FolderLock::take(folder.path() / "fold-2"), nullptr);
}

TEST(FolderLock, AFolderThatItMadeStaysIfSomethingIsInIt) {
  const TemporaryFolder folder;
  const fs::path outer = folder.path() / "a", inner = outer / "b";
  FolderLock::take(inner);
  EXPECT_FALSE(fs::exists(outer));
  auto lock = FolderLock::take(inner);
  write_file_atomically(inner / "kept", "x");
  lock.reset();
  EXPECT_TRUE(fs::exists(inner / "kept"));
  fs::create_directory(folder.path() / "mine");
  FolderLock::take(folder.path() / "mine");
  EXPECT_TRUE(fs::exists(folder.path() / "mine"));
  write_file_atomically(folder.path() / "file", "x");
  EXPECT_THAT(error_of(ErrorKind::io, [&] { FolderLock::take(folder.path() / "file" / "x"); }),
              HasSubstr("file/x"));
}

}  // namespace
}  // namespace attune
