#include "attune/cli/failure.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <system_error>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/system.h"
#include "attune/base/text/human.h"

namespace attune::cli {
namespace {

Failure out_of_memory() {
  rlimit limit{};
  std::string met = fmt::format("{} were in use", human_bytes(peak_rss_bytes()));
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    met = fmt::format("the limit of this process is {} (ulimit -v)", human_bytes(limit.rlim_cur));
  }
  return {2, fmt::format("error: out of memory: {}; try smaller batches "
                         "(--per-device-train-batch-size, --per-device-eval-batch-size) or fewer "
                         "--threads, or give the process more memory",
                         met)};
}

bool is_out_of_memory(const c10::Error& error) {
  // LibTorch's own allocator on the CPU has no type of its own for it
  // (c10/core/impl/alloc_cpu.cpp).
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         std::string_view(error.what()).find("can't allocate memory") != std::string_view::npos;
}

Failure stopped(int signal) {
  return {128 + signal, fmt::format("stopped by {}", signal == SIGINT    ? "SIGINT"
                                                     : signal == SIGTERM ? "SIGTERM"
                                                     : signal == SIGHUP  ? "SIGHUP"
                                                                         : "a signal")};
}

Failure refused(const std::string& path, const std::error_code& code, const std::string& what) {
  const bool has_number =
      code.category() == std::generic_category() || code.category() == std::system_category();
  const int number = has_number ? code.value() : 0;
  // The read or write that a signal has ended.
  if (number == EINTR && requested_signal != 0) return stopped(requested_signal);
  if (number == ENOMEM) return out_of_memory();
  return {2, fmt::format("error: {}: {}{}", path.empty() ? what : "cannot use " + path,
                         has_number ? errno_text(number) : code.message(), io_hint(number, path))};
}

/// What the standard library says is "WHAT: ERRNO_TEXT": the first part.
std::string action_of(const std::system_error& error) {
  const std::string text = error.what();
  const std::size_t end = text.rfind(": " + error.code().message());
  // fmt::print is the only one to write by itself, to standard output or standard error.
  const std::string action = text.substr(0, end);
  return action == "cannot write to file" ? "cannot write to standard output" : action;
}

[[noreturn]] void on_terminate() {
  const Failure failure = describe_failure(std::current_exception());
  std::fputs((failure.message + "\n").c_str(), stderr);
  // Other threads may still run: nothing is cleaned up under them.
  _exit(failure.status);
}

}  // namespace

Failure describe_failure(std::exception_ptr thrown) {
  try {
    if (!thrown) return {1, "error: the program ended without a reason; this is a bug"};
    std::rethrow_exception(thrown);
  } catch (const Stopped& stop) {
    return stopped(stop.signal());
  } catch (const Error& error) {
    return {error.kind() == ErrorKind::internal ? 1 : 2, fmt::format("error: {}", error.what())};
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::filesystem::filesystem_error& error) {
    // What was tried (status, directory iterator ...) helps nobody.
    return refused(error.path1().string(), error.code(), "cannot use a file");
  } catch (const std::system_error& error) {
    // A thread that could not be started says nothing but this.
    const std::string action = error.code().value() == EAGAIN ? "cannot start a thread" : "";
    return refused("", error.code(), action.empty() ? action_of(error) : action);
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) return out_of_memory();
    // The backtrace is one of LibTorch's functions.
    return {1, fmt::format("error: {}", error.what_without_backtrace())};
  } catch (const std::exception& error) {
    return {1, fmt::format("error: {}", error.what())};
  } catch (...) {
    return {1, "error: something unknown was thrown; this is a bug"};
  }
}

void install_failure_handler() {
  std::set_terminate(on_terminate);
}

}  // namespace attune::cli
