#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace attune {

/// Who has to act on an error. `user`: a flag, option or call is wrong. `data`: a file's content is
/// wrong. `io`: the system refused (disk full, permission, network). `internal`: a bug of attune's.
enum class ErrorKind { user, data, io, internal };

/// The one exception type of the library. The message says what was wrong, what was got, what was
/// expected, where (file, line, tensor, sample) and what to do. Nothing in the library prints it.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

/// Throws `Error{kind}` with a message formatted by fmt.
template <typename... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws `Error{kind}` unless `ok`; the message is only formatted when it is needed.
template <typename... Args>
void check(bool ok, ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  if (!ok) [[unlikely]] {
    fail(kind, format, std::forward<Args>(args)...);
  }
}

/// The text of `errno`, e.g. "No space left on device".
std::string errno_text(int error_number);

/// What helps against an `errno`, with the limit that was met: "; 0 B are free there: free some
/// space or choose another folder". "" where nothing is known. `path` may be empty.
std::string io_hint(int error_number, const std::string& path);

/// Throws `Error{io}`: "cannot ACTION PATH: ERRNO_TEXT" and the hint.
[[noreturn]] void fail_io(const std::string& action, const std::string& path, int error_number);

}  // namespace attune
