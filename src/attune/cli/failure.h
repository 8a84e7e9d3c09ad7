#pragma once

#include <exception>
#include <string>

namespace attune::cli {

/// How the program ends because of an exception.
struct Failure {
  int status = 1;  ///< 2: the user can mend it; 1: it is ours; 128 + number: a signal asked for it
  std::string message;  ///< for standard error: "error: ..."
};

/// The one place where what is thrown becomes words: attune's own errors, and those that the
/// standard library and LibTorch throw where the system refuses something (a permission, memory,
/// threads). Those say what was refused, the limit that was met and what helps.
Failure describe_failure(std::exception_ptr thrown);

/// Has exceptions that nothing catches (in a destructor, or where the standard library may throw
/// none) end the program with the same words.
void install_failure_handler();

}  // namespace attune::cli
