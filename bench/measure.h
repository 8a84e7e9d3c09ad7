// What benchmark programs share: pictures, clocks, medians, and how a program ends.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/files.h"

namespace attune::bench {

/// The files of all .jpg pictures below `folder`, in the order of their paths.
inline std::vector<std::string> read_jpegs(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".jpg") paths.push_back(entry.path());
  }
  check(!paths.empty(), ErrorKind::user, "{}: no .jpg files", folder.string());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> files;
  for (const auto& path : paths) files.push_back(read_file(path, 1U << 28));
  return files;
}

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Processor time of this thread is what other programs on the machine disturb least.
inline double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Median of `repeats` calls, after one that warms up.
inline double median_seconds(const std::function<void()>& call, int repeats,
                             double (*now)() = wall_seconds) {
  call();
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const double begin = now();
    call();
    times.push_back(now() - begin);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// The `main` of a program: 2, and the message, where `run` throws.
inline int run_program(int (*run)(int, char**), int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}

}  // namespace attune::bench
