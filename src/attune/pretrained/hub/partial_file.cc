#include "attune/pretrained/hub/partial_file.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attune/base/error.h"

namespace attune {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

/// "<blob>.<host>.<pid>-<count>.incomplete"
std::string prefix_of(const fs::path& destination) {
  // The host stands in the name since a process id means nothing on another machine that shares the
  // cache.
  return destination.filename().string() + "." + host_name() + ".";
}

/// Whether nobody can be writing any more: the process that `name_end` ("<pid>-...") names is gone,
/// or is this one (then the lock tells).
bool writer_is_gone(std::string_view name_end) {
  pid_t pid = 0;
  const auto [end, error] =
      std::from_chars(name_end.data(), name_end.data() + name_end.size(), pid);
  if (error != std::errc() || *end != '-' || pid <= 0) return false;
  // Only ESRCH says that no such process is there; EPERM is one of another user's (kill(2)).
  return pid == getpid() || (kill(pid, 0) != 0 && errno == ESRCH);
}

}  // namespace

PartialFile::PartialFile(const fs::path& destination) : destination_(destination) {
  static std::atomic<unsigned> counter{0};
  // Until its lock is held, a new file looks like a leftover and another thread may take it over.
  while (descriptor_ < 0) {
    path_ = destination.parent_path() /
            fmt::format("{}{}-{}.incomplete", prefix_of(destination), getpid(), counter++);
    taken_over_ = take_over_leftover();
    if (taken_over_) return;
    // O_APPEND: after a truncation the next byte goes to the new end without a seek.
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail_io("write", path_, errno);
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      close(std::exchange(descriptor_, -1));
    }
  }
}

PartialFile::~PartialFile() {
  if (descriptor_ < 0) return;
  if (size_ == 0) unlink(path_.c_str());
  close(descriptor_);
}

bool PartialFile::take_over_leftover() {
  const std::string prefix = prefix_of(destination_);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(destination_.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(".incomplete")) continue;
    if (!writer_is_gone(std::string_view(name).substr(prefix.size()))) continue;
    const int descriptor = open(entry.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (descriptor < 0) continue;
    // The lock guards against another thread, and a process in another container of this machine.
    // Names change only while it is held: who has opened the old name and gets it later finds
    // nothing there to rename.
    struct stat status {};
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &status) == 0 &&
        std::rename(entry.path().c_str(), path_.c_str()) == 0) {
      descriptor_ = descriptor;
      size_ = static_cast<std::uint64_t>(status.st_size);
      return true;
    }
    close(descriptor);
  }
  return false;
}

void PartialFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int error_number = errno;
      // A full disk: the partial file itself may be what fills it.
      remove();
      fail_io("write", destination_, error_number);
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
  }
}

void PartialFile::clear() {
  if (ftruncate(descriptor_, 0) != 0) fail_io("write", path_, errno);
  size_ = 0;
}

void PartialFile::remove() {
  if (descriptor_ < 0) return;
  // Before the lock is released: another process must not take over what is thrown away.
  unlink(path_.c_str());
  close(std::exchange(descriptor_, -1));
}

void PartialFile::finish() {
  // The name says that the content was checked; a later run trusts it and must find all bytes on
  // disk.
  if (fsync(descriptor_) != 0 && errno != EINVAL) fail_io("write", path_, errno);
  if (std::rename(path_.c_str(), destination_.c_str()) != 0) {
    const int error_number = errno;
    remove();
    fail_io("write", destination_, error_number);
  }
  close(std::exchange(descriptor_, -1));
}

}  // namespace attune
