#include "attune/base/mmap.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "attune/base/disk/file_kind.h"
#include "attune/base/disk/input_file.h"
#include "attune/base/error.h"

namespace attune {

MappedFile::MappedFile(const fs::path& path) {
  const InputFile file(path);
  const int descriptor = file.descriptor();
  struct stat status {};
  int error_number = fstat(descriptor, &status) == 0 ? 0 : errno;
  check(error_number != 0 || S_ISREG(status.st_mode), ErrorKind::user,
        "{} is {}, expected a regular file: it is read out of order", path.string(),
        file_kind(status.st_mode));
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
  // A mapping outlives its descriptor, which closes here (mmap(2)).
  if (error_number != 0) fail_io("map", path, error_number);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace attune
