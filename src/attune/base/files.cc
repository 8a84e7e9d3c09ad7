#include "attune/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>

#include "attune/base/disk/file_kind.h"
#include "attune/base/disk/input_file.h"
#include "attune/base/disk/temporary_file.h"
#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"

namespace attune {
namespace {

void sync_path(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_io("open", path, errno);
  const int result = fsync(descriptor);
  const int error_number = errno;
  close(descriptor);
  // EINVAL: what stands behind the path cannot be synced at all (fsync(2)).
  if (result != 0 && error_number != EINVAL) fail_io("sync", path, error_number);
}

void rename_path(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) fail_io("rename to", to, errno);
  // fsync(2): syncing a file does not make its name durable; the folder that holds it needs a sync
  // of its own, or a power cut can bring the old name back.
  sync_path(fs::absolute(to).parent_path());
}

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  InputFile file(path);
  check(file.size() <= max_bytes, ErrorKind::data, "{}: the file has {}, expected at most {}",
        path.string(), human_bytes(file.size()), human_bytes(max_bytes));
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(file.size()));
  char buffer[1 << 16];
  for (;;) {
    const std::size_t got = file.read(buffer, sizeof buffer);
    if (got == 0) return bytes;
    bytes.append(buffer, got);
    // Again: a file may grow meanwhile, a pipe has no size and a file of /proc says 0.
    check(bytes.size() <= max_bytes, ErrorKind::data, "{}: more than {}", path.string(),
          human_bytes(max_bytes));
  }
}

namespace {

/// A copy of the descriptor of this process that a path such as /dev/stdout names; -1 where it
/// names none. It shares the place in a file with the original, so that what others write later
/// comes behind.
int copy_descriptor(const FollowedPath& followed) {
  std::error_code ignored;
  if (!followed.is_descriptor ||
      !fs::equivalent(followed.path.parent_path(), "/proc/self/fd", ignored)) {
    return -1;
  }
  const std::string name = followed.path.filename().string();
  int number = -1;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number < 0 ? -1 : fcntl(number, F_DUPFD_CLOEXEC, 0);
}

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  struct stat status {};
  const bool exists = stat(path_.c_str(), &status) == 0;
  check(!exists || !S_ISDIR(status.st_mode), ErrorKind::user,
        "{} is a folder, expected a file to write", path_.string());
  const FollowedPath followed = follow_links(path_);
  target_ = followed.path;
  if (exists && (followed.is_descriptor || !S_ISREG(status.st_mode))) {
    descriptor_ = copy_descriptor(followed);
    if (descriptor_ >= 0) return;
    do {
      // Opening a FIFO waits for its reader.
      check_stop();
      // O_APPEND: behind another process's descriptor may be a file that holds something already.
      descriptor_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) fail_io("write", path_, errno);
    return;
  }
  // A folder that all may write to lets anybody put another file in its place.
  if (exists && access(path_.c_str(), W_OK) != 0) fail_io("write", path_, errno);
  const Temporary made = create_temporary_file(target_);
  temporary_ = made.path;
  descriptor_ = made.descriptor;
  if (!exists) return;
  // As if the old file had been written to. Who may not give a file away keeps it as their own, and
  // another group than before gets nothing.
  const bool is_given = fchown(descriptor_, status.st_uid, status.st_gid) == 0;
  fchmod(descriptor_, status.st_mode & (is_given ? 0777U : 0707U));
}

AtomicFile::~AtomicFile() {
  if (!committed_ && !temporary_.empty()) unlink(temporary_.c_str());
  if (descriptor_ >= 0) close(descriptor_);
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) {
      // A reader that reads no more must not keep the process from ending.
      if (temporary_.empty()) check_stop();
      continue;
    }
    if (put < 0) fail_io("write", path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::commit() {
  if (!temporary_.empty()) {
    // Data before name: after a crash a renamed file whose data were not yet on disk can be empty
    // or short.
    if (fsync(descriptor_) != 0 && errno != EINVAL) fail_io("write", path_, errno);
    // The lock holds until the file has its name: nobody takes it for a leftover.
    rename_path(temporary_, target_);
  }
  committed_ = true;
  // close(2) may be the first to report a failed write (NFS, a quota).
  if (close(std::exchange(descriptor_, -1)) != 0) fail_io("write", path_, errno);
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

StagedDirectory::StagedDirectory(fs::path target) : target_(std::move(target)) {
  const Temporary made = create_temporary_folder(target_);
  temporary_ = made.path;
  descriptor_ = made.descriptor;
}

StagedDirectory::~StagedDirectory() {
  std::error_code ignored;  // a destructor must not throw; a leftover has a hidden name
  if (!committed_) fs::remove_all(temporary_, ignored);
  close(descriptor_);
}

void StagedDirectory::commit() {
  for (const auto& entry : fs::recursive_directory_iterator(temporary_)) sync_path(entry.path());
  sync_path(temporary_);
  std::error_code ignored;
  if (fs::exists(target_, ignored)) {
    // Exchanged in one step where the file system can, so that one of the two is there at every
    // instant; the old one is removed under a hidden name.
    fs::path old = temporary_;
    if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) != 0) {
      old = temporary_name(target_);
      rename_path(target_, old);
      rename_path(temporary_, target_);
    }
    committed_ = true;
    remove_tree(old);
    return;
  }
  rename_path(temporary_, target_);
  committed_ = true;
}

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail_io("create the folder", path, error.value());
}

void remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) fail_io("remove", path, error.value());
}

}  // namespace attune
