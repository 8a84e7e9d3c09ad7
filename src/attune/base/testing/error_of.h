#pragma once

#include <string>

#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {

/// For tests: the message of the `Error` that `call` throws, "no error" where it throws none.
template <typename Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// The same; an error of another kind fails the test.
template <typename Call>
std::string error_of(ErrorKind kind, const Call& call) {
  return error_of([&] {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      throw;
    }
  });
}

}  // namespace attune
