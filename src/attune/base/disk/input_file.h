#pragma once

#include <cstddef>

#include "attune/base/files.h"

namespace attune {

/// A file that is read from its start to its end.
class InputFile {
 public:
  /// Throws `io` where it cannot be opened, `user` with its kind where it is no regular file: a
  /// folder, a FIFO or a device would wait, or never end. A descriptor that the process was given
  /// open (/dev/stdin, /dev/fd/63) may be a pipe or a terminal.
  explicit InputFile(const fs::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Reads at most `size` bytes and returns how many; 0 only at the end. Throws `io`, and `Stopped`
  /// where a signal has asked to stop.
  std::size_t read(char* bytes, std::size_t size);

  const std::string& name() const { return name_; }
  int descriptor() const { return descriptor_; }
  /// Of a regular file, else 0.
  std::uint64_t size() const { return size_; }

 private:
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace attune
