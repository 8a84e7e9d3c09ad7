#include "attune/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/mmap.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/base/threads.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  std::ptrdiff_t count() const { return std::distance(fs::directory_iterator(folder_), {}); }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(FilesTest, ThreadsMayReplaceTheSameFile) {
  const fs::path path = folder_ / "shared";
  parallel_for(64, 1, 8, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) write_file_atomically(path, std::string(100, 'a' + i % 26));
  });
  const std::string content = read_file(path, 1000);
  EXPECT_EQ(content, std::string(100, content.at(0)));
}

TEST_F(FilesTest, AppearWholeOrNotAtAll) {
  const fs::path path = folder_ / "a.txt";
  { AtomicFile(path).write(std::string_view("half")); }
  EXPECT_TRUE(fs::is_empty(folder_));
  write_file_atomically(path, "whole");
  EXPECT_EQ(read_file(path, 100), "whole");
  EXPECT_EQ(MappedFile(path).bytes().size(), 5U);
  EXPECT_THROW(read_file(path, 4), Error);
}

TEST_F(FilesTest, StagedDirectoryIsRenamedOnCommit) {
  {
    StagedDirectory staged(folder_ / "checkpoint");
    write_file_atomically(staged.path() / "x", "1");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  StagedDirectory staged(folder_ / "checkpoint");
  write_file_atomically(staged.path() / "x", "1");
  staged.commit();
  EXPECT_EQ(read_file(folder_ / "checkpoint" / "x", 10), "1");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(FilesTest, ErrorsNamePathAndCause) {
  const auto message = error_of([&] { read_file(folder_ / "missing", 10); });
  EXPECT_NE(message.find("missing: No such file or directory"), std::string::npos) << message;
}

TEST_F(FilesTest, AFailedWriteLeavesWhatWasThere) {
  const fs::path path = folder_ / "a.txt";
  write_file_atomically(path, "old");
  { AtomicFile(path).write(std::string_view("new")); }
  EXPECT_EQ(read_file(path, 100), "old");
  EXPECT_EQ(count(), 1);
}

TEST_F(FilesTest, AFolderIsNotReplaced) {
  const fs::path taken = folder_ / "taken";
  fs::create_directory(taken);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { write_file_atomically(taken, "x"); }),
              HasSubstr("taken is a folder, expected a file to write"));
  EXPECT_EQ(count(), 1);
}

mode_t kind_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & S_IFMT;
}

TEST_F(FilesTest, AFifoIsWrittenThrough) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::string got;
  {
    std::jthread reader([&] {
      std::FILE* file = std::fopen(pipe.c_str(), "r");
      for (int c = 0; (c = std::fgetc(file)) != EOF;) got += static_cast<char>(c);
      std::fclose(file);
    });
    write_file_atomically(pipe, "lines");
  }
  EXPECT_EQ(got, "lines");
  EXPECT_EQ(kind_of(pipe), mode_t{S_IFIFO});
  EXPECT_EQ(count(), 1);
}

TEST_F(FilesTest, ADeviceIsWrittenThroughAlsoBehindALink) {
  const fs::path link = folder_ / "nothing";
  fs::create_symlink("/dev/null", link);
  write_file_atomically(link, "lines");
  EXPECT_EQ(kind_of("/dev/null"), mode_t{S_IFCHR});
  EXPECT_TRUE(fs::is_symlink(link));
  fs::create_symlink("/dev/full", folder_ / "full");
  EXPECT_THAT(error_of(ErrorKind::io, [&] { write_file_atomically(folder_ / "full", "x"); }),
              HasSubstr("full: No space left on device"));
}

TEST_F(FilesTest, OfALinkTheFileIsReplacedAndTheLinkStays) {
  fs::create_directory(folder_ / "data");
  write_file_atomically(folder_ / "data" / "file", "old");
  ASSERT_EQ(chmod((folder_ / "data" / "file").c_str(), 0600), 0);
  fs::create_symlink("data/file", folder_ / "first");
  fs::create_symlink("first", folder_ / "second");
  write_file_atomically(folder_ / "second", "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "first") && fs::is_symlink(folder_ / "second"));
  EXPECT_EQ(read_file(folder_ / "data" / "file", 10), "new");
  EXPECT_EQ(fs::status(folder_ / "data" / "file").permissions(), fs::perms(0600));
  // A link to what is not there yet is where the file will be.
  fs::create_symlink("data/later", folder_ / "third");
  write_file_atomically(folder_ / "third", "later");
  EXPECT_EQ(read_file(folder_ / "data" / "later", 10), "later");
}

TEST_F(FilesTest, LinksInACircleAreNamed) {
  fs::create_symlink("b", folder_ / "a");
  fs::create_symlink("a", folder_ / "b");
  EXPECT_THAT(error_of(ErrorKind::io, [&] { write_file_atomically(folder_ / "a", "x"); }),
              HasSubstr("Too many levels of symbolic links"));
}

TEST_F(FilesTest, AnOpenDescriptorIsWrittenToWhereverItLeads) {
  // As a shell's `> file` with --output-file /dev/stdout.
  const fs::path file = folder_ / "file";
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(descriptor, 0);
  ASSERT_EQ(write(descriptor, "a\n", 2), 2);
  write_file_atomically("/dev/fd/" + std::to_string(descriptor), "b\n");
  write_file_atomically("/proc/self/fd/" + std::to_string(descriptor), "c\n");
  // Another program that the shell gave the same descriptor goes on behind it.
  ASSERT_EQ(write(descriptor, "d\n", 2), 2);
  close(descriptor);
  EXPECT_EQ(read_file(file, 10), "a\nb\nc\nd\n");
  EXPECT_EQ(count(), 1);
}

TEST_F(FilesTest, AFolderThatIsNotThereIsNamed) {
  EXPECT_THAT(
      error_of(ErrorKind::io, [&] { write_file_atomically(folder_ / "no" / "a.txt", "x"); }),
      HasSubstr("no/a.txt: No such file or directory"));
}

TEST_F(FilesTest, StagedDirectoryReplacesTheOldOneAsAWhole) {
  fs::create_directory(folder_ / "checkpoint");
  write_file_atomically(folder_ / "checkpoint" / "of_the_old_one", "0");
  StagedDirectory staged(folder_ / "checkpoint");
  write_file_atomically(staged.path() / "x", "1");
  staged.commit();
  EXPECT_EQ(read_file(folder_ / "checkpoint" / "x", 10), "1");
  EXPECT_FALSE(fs::exists(folder_ / "checkpoint" / "of_the_old_one"));
  EXPECT_EQ(count(), 1);
}

TEST_F(FilesTest, NewFilesHaveTheRightsOfTheUmask) {
  const mode_t before = umask(027);
  write_file_atomically(folder_ / "shared", "x");
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat((folder_ / "shared").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(FilesTest, ReadsNoFolderAndNothingTooLong) {
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read_file(folder_, 10); }),
              HasSubstr("is a folder, expected a file"));
  write_file_atomically(folder_ / "a", "12345");
  EXPECT_EQ(read_file(folder_ / "a", 5), "12345");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_file(folder_ / "a", 4); }),
              HasSubstr("has 5 B, expected at most 4 B"));
  write_file_atomically(folder_ / "empty", "");
  EXPECT_EQ(read_file(folder_ / "empty", 0), "");
}

TEST_F(FilesTest, WhatWouldWaitOrNeverEndIsRefusedByItsKind) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  // Nobody writes to it: opening it would not return.
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read_file(pipe, 10); }),
              HasSubstr("pipe is a FIFO (named pipe), expected a file"));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { MappedFile{pipe}; }), HasSubstr("is a FIFO"));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read_file("/dev/zero", 10); }),
              HasSubstr("/dev/zero is a character device, expected a file"));
}

TEST_F(FilesTest, AnOpenPipeIsReadToItsEndAndNoFurtherThanAllowed) {
  const auto read_while_written = [&](std::uint64_t most) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(write(ends[1], "12345", 5), 5);
    close(ends[1]);
    const int end = ends[0];
    struct Closer {
      int descriptor;
      ~Closer() { close(descriptor); }
    } closer{end};
    return read_file("/dev/fd/" + std::to_string(end), most);
  };
  EXPECT_EQ(read_while_written(5), "12345");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_while_written(4); }),
              HasSubstr("more than 4 B"));
}

TEST_F(FilesTest, FoldersAreMadeAndRemovedWithAllTheyHold) {
  const fs::path deep = folder_ / "a" / "b" / "c";
  make_directories(deep);
  make_directories(deep);
  write_file_atomically(deep / "x", "1");
  EXPECT_THAT(error_of(ErrorKind::io, [&] { make_directories(deep / "x" / "y"); }),
              HasSubstr("cannot create the folder"));
  remove_tree(folder_ / "a");
  remove_tree(folder_ / "a");  // a missing one is fine
  EXPECT_EQ(count(), 0);
}

}  // namespace
}  // namespace attune
