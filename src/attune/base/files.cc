#include "attune/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/human.h"

namespace attune {
namespace {

/// A hidden name that no other process or thread uses.
fs::path temporary_beside(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  // In the same folder: rename(2) is atomic only within one file system (EXDEV otherwise).
  fs::path absolute = fs::absolute(target).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  return absolute.parent_path() /
         fmt::format(".{}.tmp-{}-{}", absolute.filename().string(), getpid(), counter++);
}

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
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_io("open", path, errno);
  struct Closer {
    int descriptor;
    ~Closer() { close(descriptor); }
  } closer{descriptor};
  struct stat status {};
  if (fstat(descriptor, &status) != 0) fail_io("read", path, errno);
  check(!S_ISDIR(status.st_mode), ErrorKind::user, "{} is a folder, expected a file",
        path.string());
  std::string bytes;
  // A pipe has no size that could be checked beforehand.
  if (S_ISREG(status.st_mode)) {
    check(static_cast<std::uint64_t>(status.st_size) <= max_bytes, ErrorKind::data,
          "{}: the file has {}, expected at most {}", path.string(),
          human_bytes(static_cast<std::uint64_t>(status.st_size)), human_bytes(max_bytes));
    bytes.reserve(static_cast<std::size_t>(status.st_size));
  }
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_io("read", path, errno);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    // Again: a file may grow meanwhile, a pipe has no size and a file of /proc says 0.
    check(bytes.size() <= max_bytes, ErrorKind::data, "{}: more than {}", path.string(),
          human_bytes(max_bytes));
  }
}

AtomicFile::AtomicFile(fs::path path)
    : path_(std::move(path)), temporary_(temporary_beside(path_)) {
  // 0666 leaves the rights to the umask; mkstemp(3) would give 0600, and a file that a group shares
  // would become the writer's alone.
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_io("write", path_, errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!committed_) unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_io("write", path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::commit() {
  // Data before name: after a crash a renamed file whose data were not yet on disk can be empty or
  // short.
  if (fsync(descriptor_) != 0 && errno != EINVAL) fail_io("write", path_, errno);
  // close(2) may be the first to report a failed write (NFS, a quota).
  if (close(std::exchange(descriptor_, -1)) != 0) fail_io("write", path_, errno);
  rename_path(temporary_, path_);
  committed_ = true;
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

StagedDirectory::StagedDirectory(fs::path target)
    : target_(std::move(target)), temporary_(temporary_beside(target_)) {
  remove_tree(temporary_);
  make_directories(temporary_);
}

StagedDirectory::~StagedDirectory() {
  if (committed_) return;
  std::error_code ignored;  // a destructor must not throw; a leftover has a hidden name
  fs::remove_all(temporary_, ignored);
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
      old = temporary_beside(target_);
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
