#include "attune/base/mmap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "attune/base/error.h"

namespace attune {

MappedFile::MappedFile(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_io("open", path, errno);
  struct stat status {};
  int error_number = fstat(descriptor, &status) == 0 ? 0 : errno;
  // A folder can be opened, and mmap would then say "No such device".
  if (error_number == 0 && S_ISDIR(status.st_mode)) error_number = EISDIR;
  // mmap(2) fails with EINVAL on a length of 0.
  if (error_number == 0 && status.st_size > 0) {
    size_ = static_cast<std::size_t>(status.st_size);
    void* address = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) {
      error_number = errno;
    } else {
      data_ = static_cast<const std::byte*>(address);
    }
  }
  // A mapping outlives its descriptor (mmap(2)).
  close(descriptor);
  if (error_number != 0) fail_io("map", path, error_number);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace attune
