#include "attune/cli/failure.h"

#include <csignal>
#include <filesystem>
#include <new>
#include <system_error>

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"

namespace attune::cli {
namespace {

using ::testing::HasSubstr;

template <typename Exception>
Failure failure_of(const Exception& exception) {
  return describe_failure(std::make_exception_ptr(exception));
}

c10::Error of_torch(const std::string& message) {
  return c10::Error(c10::SourceLocation{"function", "file", 1}, message);
}

TEST(Failure, WhatTheSystemRefusesIsNotOurs) {
  const auto code = [](std::errc error) { return std::make_error_code(error); };
  const Failure file = failure_of(
      std::filesystem::filesystem_error("status", "/secret/x", code(std::errc::permission_denied)));
  EXPECT_EQ(file.status, 2);
  EXPECT_EQ(file.message,
            "error: cannot use /secret/x: Permission denied; check its permissions or choose "
            "another path");
  const Failure thread =
      failure_of(std::system_error(code(std::errc::resource_unavailable_try_again)));
  EXPECT_EQ(thread.status, 2);
  EXPECT_THAT(thread.message, HasSubstr("cannot start a thread: Resource temporarily unavailable"));
  const Failure output =
      failure_of(std::system_error(code(std::errc::no_space_on_device), "cannot write to file"));
  EXPECT_EQ(output.status, 2);
  EXPECT_THAT(output.message,
              HasSubstr("error: cannot write to standard output: No space left on device"));
}

TEST(Failure, WithoutMemorySaysWhatHelps) {
  for (const Failure& failure :
       {failure_of(std::bad_alloc()),
        failure_of(of_torch("DefaultCPUAllocator: can't allocate memory: you tried ..."))}) {
    EXPECT_EQ(failure.status, 2);
    EXPECT_THAT(failure.message, HasSubstr("out of memory: "));
    EXPECT_THAT(failure.message, HasSubstr("--per-device-train-batch-size"));
  }
}

TEST(Failure, OursAndTheUsersAreToldApart) {
  EXPECT_EQ(failure_of(Error(ErrorKind::internal, "x")).status, 1);
  EXPECT_EQ(failure_of(Error(ErrorKind::data, "x")).status, 2);
  EXPECT_EQ(failure_of(Error(ErrorKind::io, "x")).message, "error: x");
  EXPECT_EQ(failure_of(std::runtime_error("x")).status, 1);
  EXPECT_EQ(failure_of(of_torch("x")).status, 1);
}

TEST(Failure, ASignalIsTheStatusThatAShellGives) {
  EXPECT_EQ(failure_of(Stopped(SIGINT)).status, 130);
  EXPECT_EQ(failure_of(Stopped(SIGTERM)).message, "stopped by SIGTERM");
  // A read or write that it has ended.
  requested_signal = SIGTERM;
  EXPECT_EQ(failure_of(std::system_error(std::make_error_code(std::errc::interrupted))).status,
            143);
  requested_signal = 0;
}

}  // namespace
}  // namespace attune::cli
