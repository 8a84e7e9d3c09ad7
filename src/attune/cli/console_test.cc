#include "attune/cli/console.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/log.h"
#include "attune/base/progress.h"

namespace attune::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

constexpr ProgressEvent kHalf{
    .activity = "train", .done = 5, .total = 10, .unit = "steps", .detail = "loss 0.5"};

/// A stream is a terminal of so many columns while it lives.
class Terminal {
 public:
  explicit Terminal(unsigned short columns, std::FILE* stream = stdout) : stream_(stream) {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    int slave = -1;
    EXPECT_EQ(openpty(&master_, &slave, nullptr, nullptr, &size), 0);
    fcntl(master_, F_SETFL, O_NONBLOCK);
    std::fflush(stream_);
    saved_ = dup(fileno(stream_));
    dup2(slave, fileno(stream_));
    close(slave);
  }
  ~Terminal() {
    std::fflush(stream_);
    dup2(saved_, fileno(stream_));
    close(saved_);
    close(master_);
  }

  /// What has reached it since the last call: not what is still in a buffer of the program's.
  std::string shown() const {
    char buffer[4096];
    const ssize_t got = read(master_, buffer, sizeof buffer);
    return got <= 0 ? "" : std::string(buffer, static_cast<std::size_t>(got));
  }

 private:
  std::FILE* stream_;
  int master_ = -1, saved_ = -1;
};

TEST(Console, PrintsMessagesAndWarningsApart) {
  CaptureStdout();
  CaptureStderr();
  {
    const Console console(Output::nothing);
    log_info("read {} rows", 3);
    log_warning("one is empty");
  }
  EXPECT_EQ(GetCapturedStdout(), "read 3 rows\n");
  EXPECT_EQ(GetCapturedStderr(), "warning: one is empty\n");
}

TEST(Console, QuietKeepsTheOutputForData) {
  CaptureStdout();
  CaptureStderr();
  {
    const Console console(Output::data);
    log_info("read {} rows", 3);
    report_progress(kHalf);
    log_warning("one is empty");
  }
  EXPECT_EQ(GetCapturedStdout(), "");
  EXPECT_EQ(GetCapturedStderr(), "warning: one is empty\n");
}

TEST(Console, IsSilentWhenItIsGone) {
  CaptureStdout();
  { const Console console(Output::nothing); }
  log_info("nobody hears this");
  report_progress(kHalf);
  EXPECT_EQ(GetCapturedStdout(), "");
}

TEST(Console, AFileGetsNoBar) {
  CaptureStdout();
  {
    const Console console(Output::nothing);
    report_progress(kHalf);
  }
  EXPECT_EQ(GetCapturedStdout(), "");  // what ends within seconds leaves no line
}

TEST(Console, ATerminalShowsABarAndTakesItBack) {
  const Terminal terminal(80);
  const Console console(Output::nothing);
  report_progress(kHalf);
  const std::string bar = terminal.shown();
  EXPECT_THAT(bar, HasSubstr("━━─"));
  EXPECT_THAT(bar, HasSubstr("train 5/10 steps"));
  EXPECT_THAT(bar, HasSubstr("loss 0.5"));
  ProgressEvent last = kHalf;
  last.done = 10;
  last.finished = true;
  report_progress(last);
  EXPECT_THAT(terminal.shown(), EndsWith("\r\033[K"));
}

TEST(Console, TheBarIsGoneBeforeAWarningIsShown) {
  const Terminal terminal(80);
  const Console console(Output::nothing);
  report_progress(kHalf);
  terminal.shown();
  CaptureStderr();
  log_warning("one is empty");
  EXPECT_EQ(terminal.shown(), "\r\033[K");
  GetCapturedStderr();
}

TEST(Console, TheBarIsCutToTheTerminal) {
  const Terminal terminal(20);
  const Console console(Output::nothing);
  report_progress(kHalf);
  EXPECT_THAT(terminal.shown(), EndsWith("━━━━━━━━━━━━────..."));
}

TEST(Console, BesideDataTheBarIsOnStandardError) {
  for (const Output output : {Output::data, Output::data_at_the_end}) {
    const Terminal terminal(80, stderr);
    CaptureStdout();
    {
      const Console console(output);
      log_info("read {} rows", 3);
      report_progress(kHalf);
    }
    EXPECT_THAT(terminal.shown(), HasSubstr("train 5/10 steps"));
    EXPECT_EQ(GetCapturedStdout(), "");
  }
}

TEST(Console, RowsOnTheSameTerminalLeaveNoPlaceForABar) {
  const Terminal rows(80), errors(80, stderr);
  {
    const Console console(Output::data);
    report_progress(kHalf);
  }
  EXPECT_EQ(errors.shown(), "");
  const Console console(Output::data_at_the_end);
  report_progress(kHalf);
  EXPECT_THAT(errors.shown(), HasSubstr("train 5/10 steps"));
  EXPECT_EQ(rows.shown(), "");
}

TEST(Console, ATerminalWithoutRoomGetsNoBar) {
  for (const unsigned short columns : {1, 3, 4}) {
    const Terminal terminal(columns);
    const Console console(Output::nothing);
    report_progress(kHalf);
    EXPECT_EQ(terminal.shown(), "") << columns;
  }
}

}  // namespace
}  // namespace attune::cli
