#include "attune/base/disk/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/system.h"

namespace attune {
namespace {

constexpr const char* kFile = ".attune.lock";

std::string this_process() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return fmt::format("process {} on {}, since {}", getpid(), host.data(), utc_now());
}

/// What the holder has written, as far as it can be shown.
std::string holder_of(int descriptor) {
  std::array<char, 400> text{};
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  std::string holder(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  for (char& c : holder) {
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
  }
  return holder.empty() ? "another process" : holder;
}

/// Those that this process holds, by the folder's real path. A cross-validation holds its folder
/// while its folds train, and each of these asks as a run of its own does.
std::map<fs::path, std::weak_ptr<FolderLock>>& held_locks() {
  static std::map<fs::path, std::weak_ptr<FolderLock>> locks;
  return locks;
}

std::mutex held_mutex;

[[noreturn]] void refuse(const fs::path& folder, const std::string& holder) {
  fail(ErrorKind::user,
       "{} is in use by another run ({}): wait until it has ended, stop it, or take another folder",
       folder.string(), holder);
}

/// Those on the way to `folder`, and itself, that are not there yet; the innermost first.
std::vector<fs::path> missing_folders(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code error;
  fs::path at = fs::absolute(folder, error).lexically_normal();
  if (!at.has_filename()) at = at.parent_path();
  for (; at.has_relative_path() && !fs::exists(at, error) && !error; at = at.parent_path()) {
    missing.push_back(at);
  }
  return missing;
}

/// One that a killed process of another user has left may be readable alone, which is enough.
int open_lock(const fs::path& file, int flags) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0666);
  if (descriptor >= 0 || errno != EACCES) return descriptor;
  return open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/// Throws where another process holds `real`. Requires `held_mutex`.
void check_unheld(const fs::path& real, const fs::path& asked) {
  if (const auto held = held_locks().find(real);
      held != held_locks().end() && !held->second.expired()) {
    return;
  }
  const int descriptor = open_lock(real / kFile, 0);
  if (descriptor < 0) return;
  const bool taken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const std::string holder = taken ? holder_of(descriptor) : "";
  close(descriptor);
  if (taken) refuse(fs::exists(asked) && fs::equivalent(asked, real) ? asked : real, holder);
}

/// Open and locked, or -1 where the file system has no locks. Throws where another process has it.
int open_locked(const fs::path& folder, const fs::path& file) {
  for (;;) {
    const int descriptor = open_lock(file, O_CREAT);
    if (descriptor < 0) fail_io("lock the folder", folder, errno);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error_number = errno;
      const std::string holder = error_number == EWOULDBLOCK ? holder_of(descriptor) : "";
      close(descriptor);
      if (error_number == EWOULDBLOCK) refuse(folder, holder);
      if (error_number == EINTR) continue;
      log_warning(
          "{}: this file system has no locks ({}); nothing keeps another run from writing there",
          folder.string(), errno_text(error_number));
      return -1;
    }
    // The holder removes the file when it ends: a lock on what no longer has a name is nobody's.
    struct stat ours {
    }, named{};
    if (fstat(descriptor, &ours) == 0 && stat(file.c_str(), &named) == 0 &&
        ours.st_ino == named.st_ino) {
      return descriptor;
    }
    close(descriptor);
  }
}

}  // namespace

std::shared_ptr<FolderLock> FolderLock::take(const fs::path& folder) {
  check_free(folder);
  std::error_code error;
  std::vector<fs::path> made = missing_folders(folder);
  make_directories(folder);
  const fs::path real = fs::canonical(folder, error);
  if (error) fail_io("lock the folder", folder, error.value());
  const std::lock_guard guard(held_mutex);
  if (auto held = held_locks()[real].lock()) return held;
  std::shared_ptr<FolderLock> lock(new FolderLock(real / kFile));
  lock->made_ = std::move(made);
  lock->descriptor_ = open_locked(folder, lock->file_);
  if (lock->descriptor_ < 0) {
    std::error_code ignored;
    fs::remove(lock->file_, ignored);
  } else {
    const std::string text = this_process();
    // For messages of others alone: that it cannot be written is no reason to stop.
    [[maybe_unused]] const bool written =
        ftruncate(lock->descriptor_, 0) == 0 &&
        pwrite(lock->descriptor_, text.data(), text.size(), 0) >= 0;
  }
  held_locks()[real] = lock;
  return lock;
}

void FolderLock::check_free(const fs::path& folder) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(folder, error);
  if (error) return;
  const std::lock_guard guard(held_mutex);
  // A run owns all that lies below: its folds, its checkpoints.
  for (fs::path at = real; at.has_relative_path(); at = at.parent_path()) check_unheld(at, folder);
}

FolderLock::~FolderLock() {
  // Before the lock is released: whoever gets it afterwards must not have its file removed.
  if (descriptor_ >= 0) unlink(file_.c_str());
  // Of a run that came to nothing no empty folders stay; rmdir(2) leaves what holds something.
  for (const fs::path& folder : made_) rmdir(folder.c_str());
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace attune
