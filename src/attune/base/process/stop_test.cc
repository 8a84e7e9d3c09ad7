#include "attune/base/process/stop.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include <gtest/gtest.h>

#include "attune/base/disk/input_file.h"
#include "attune/base/threads.h"

namespace attune {
namespace {

class Stop : public ::testing::Test {
 protected:
  ~Stop() override { requested_signal = 0; }
};

TEST_F(Stop, IsThrownWhereItIsLookedForUnlessShielded) {
  check_stop();
  requested_signal = SIGTERM;
  {
    const StopShield shield;
    check_stop();
  }
  try {
    check_stop();
    FAIL();
  } catch (const Stopped& stopped) {
    EXPECT_EQ(stopped.signal(), SIGTERM);
  }
}

TEST_F(Stop, EndsWorkOnManyThreadsSoon) {
  for (const int threads : {1, 3}) {
    requested_signal = 0;
    std::atomic<std::int64_t> done = 0;
    EXPECT_THROW(parallel_for(1'000'000, 1, threads,
                              [&](std::int64_t begin, std::int64_t end) {
                                done += end - begin;
                                requested_signal = SIGINT;
                              }),
                 Stopped);
    EXPECT_LT(done, 10'000);
  }
}

/// The wait status of a process that does `act` and is sent `first`, then (unless 0) `second`.
template <typename Act>
int status_of(const Act& act, int first, int second) {
  int ready[2];
  EXPECT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    install_stop_signals();
    if (write(ready[1], "x", 1) != 1) _exit(1);
    try {
      act();
    } catch (const Stopped& stopped) {
      _exit(100 + stopped.signal());
    }
    _exit(0);
  }
  char byte = 0;
  EXPECT_EQ(read(ready[0], &byte, 1), 1);
  usleep(50'000);  // the child is in its read by then; where it is not the flag is seen before
  kill(child, first);
  if (second != 0) {
    usleep(50'000);
    kill(child, second);
  }
  int status = 0;
  waitpid(child, &status, 0);
  close(ready[0]);
  close(ready[1]);
  return status;
}

TEST_F(Stop, ASignalInterruptsTheReadingOfAPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int status = status_of(
      [&] {
        InputFile file("/dev/fd/" + std::to_string(ends[0]));
        char byte = 0;
        file.read(&byte, 1);
      },
      SIGTERM, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 100 + SIGTERM);
}

TEST_F(Stop, TheSecondSignalEndsTheProcessWhicheverItIs) {
  const auto ignore = [] {
    while (true) pause();
  };
  for (const int second : {SIGINT, SIGTERM}) {
    const int status = status_of(ignore, SIGINT, second);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), second);
  }
}

TEST_F(Stop, ComesOfALostTerminalUnlessNohupIsAskedFor) {
  const auto look = [] {
    for (;; usleep(1000)) check_stop();
  };
  const int lost = status_of(look, SIGHUP, 0);
  EXPECT_EQ(WEXITSTATUS(lost), 100 + SIGHUP);
  const auto before = std::signal(SIGHUP, SIG_IGN);
  const int kept = status_of(look, SIGHUP, SIGTERM);
  std::signal(SIGHUP, before);
  EXPECT_EQ(WEXITSTATUS(kept), 100 + SIGTERM);
}

}  // namespace
}  // namespace attune
