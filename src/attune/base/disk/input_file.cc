#include "attune/base/disk/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "attune/base/disk/file_kind.h"
#include "attune/base/error.h"
#include "attune/base/process/stop.h"

namespace attune {

InputFile::InputFile(const fs::path& path) : name_(path.string()) {
  struct stat status {};
  // Before it is opened: opening a FIFO waits for somebody who writes to it.
  if (stat(path.c_str(), &status) != 0) fail_io("open", name_, errno);
  check(S_ISREG(status.st_mode) || (!S_ISDIR(status.st_mode) && follow_links(path).is_descriptor),
        ErrorKind::user, "{} is {}, expected a file", name_, file_kind(status.st_mode));
  do {
    check_stop();
    descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail_io("open", name_, errno);
  if (S_ISREG(status.st_mode)) size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  close(descriptor_);
}

std::size_t InputFile::read(char* bytes, std::size_t size) {
  for (;;) {
    check_stop();
    const ssize_t got = ::read(descriptor_, bytes, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) fail_io("read", name_, errno);
  }
}

}  // namespace attune
