#include "attune/base/disk/temporary_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr std::string_view kMark = ".attune-tmp-";

struct ParsedName {
  std::string_view target;
  pid_t writer;
};

/// ".NAME.attune-tmp-PID-N", nothing else: a user may have hidden files of their own.
std::optional<ParsedName> parse_name(std::string_view name) {
  const std::size_t mark = name.rfind(kMark);
  if (!name.starts_with('.') || mark == std::string_view::npos || mark < 2) return {};
  const char* const end = name.data() + name.size();
  pid_t writer = 0;
  unsigned number = 0;
  const auto first = std::from_chars(name.data() + mark + kMark.size(), end, writer);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-' || writer <= 0) return {};
  const auto second = std::from_chars(first.ptr + 1, end, number);
  if (second.ec != std::errc() || second.ptr != end) return {};
  return ParsedName{name.substr(1, mark - 1), writer};
}

bool lock_is_unsupported(int error_number) {
  // EBADF: NFS locks exclusively only what is open for writing, which a folder never is.
  return error_number == ENOLCK || error_number == EOPNOTSUPP || error_number == ENOSYS ||
         error_number == EBADF || error_number == EINVAL;
}

/// Whether the lock is ours and the file still there: somebody who sweeps may have taken it in the
/// instant between its creation and its lock.
bool take_lock(int descriptor) {
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) return lock_is_unsupported(errno);
  struct stat status {};
  return fstat(descriptor, &status) == 0 && status.st_nlink > 0;
}

/// Removes it unless its writer lives; whether it is gone.
bool remove_if_left_behind(const fs::path& path, pid_t writer) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return false;
  // The lock tells in other containers too; the number of a process is all there is without.
  const bool is_left = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ||
                       (lock_is_unsupported(errno) && kill(writer, 0) != 0 && errno == ESRCH);
  std::error_code kept;
  // While the lock is held: who has just made it and gets the lock next must see that it is gone.
  if (is_left) fs::remove_all(path, kept);
  close(descriptor);
  return is_left && !kept;
}

}  // namespace

fs::path temporary_name(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  std::error_code error;
  fs::path absolute = fs::absolute(target, error).lexically_normal();
  if (error) fail_io("find the folder of", target, error.value());
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  return absolute.parent_path() /
         fmt::format(".{}{}{}-{}", absolute.filename().string(), kMark, getpid(), counter++);
}

Temporary create_temporary_file(const fs::path& target) {
  for (bool swept = false;; swept = true) {
    const fs::path path = temporary_name(target);
    if (!swept) remove_leftovers(path.parent_path(), target.filename().string());
    // 0666 leaves the rights to the umask; mkstemp(3) would give 0600, and a file that a group
    // shares would become the writer's alone.
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    // In a container the numbers of processes begin anew: one of the same number may have died.
    if (descriptor < 0 && (errno == EEXIST || errno == EINTR)) continue;
    if (descriptor < 0) fail_io("write", target, errno);
    if (take_lock(descriptor)) return {path, descriptor};
    close(descriptor);
  }
}

Temporary create_temporary_folder(const fs::path& target) {
  for (bool swept = false;; swept = true) {
    const fs::path path = temporary_name(target);
    if (!swept) {
      make_directories(path.parent_path());
      remove_leftovers(path.parent_path(), target.filename().string());
    }
    if (mkdir(path.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      fail_io("create the folder", target, errno);
    }
    const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) continue;
    if (descriptor < 0) fail_io("create the folder", target, errno);
    if (take_lock(descriptor)) return {path, descriptor};
    close(descriptor);
  }
}

std::vector<fs::path> remove_leftovers(const fs::path& folder, std::string_view target) {
  // Collected first: whether an iteration sees what is removed meanwhile is unspecified.
  std::vector<std::pair<fs::path, pid_t>> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const auto parsed = parse_name(name);
    if (!parsed || (!target.empty() && parsed->target != target)) continue;
    found.emplace_back(it->path(), parsed->writer);
  }
  std::vector<fs::path> removed;
  for (const auto& [path, writer] : found) {
    if (remove_if_left_behind(path, writer)) removed.push_back(path);
  }
  return removed;
}

fs::path temporary_folder() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

}  // namespace attune
