#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "attune/base/files.h"

namespace attune {

/// The unfinished download of `destination`, beside it under a name of its own. One that an
/// earlier attempt on this machine has left is taken over. What is there at destruction stays for
/// the next attempt, unless nothing was written.
class PartialFile {
 public:
  explicit PartialFile(const fs::path& destination);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  std::uint64_t size() const { return size_; }
  /// Whether it began with what an earlier attempt had left.
  bool taken_over() const { return taken_over_; }
  const fs::path& path() const { return path_; }

  /// Appends; on failure (disk full) removes the file and throws `io`.
  void append(std::string_view bytes);
  /// Back to no bytes.
  void clear();
  void remove();
  /// Syncs it and gives it its final name.
  void finish();

 private:
  bool take_over_leftover();

  fs::path destination_, path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  bool taken_over_ = false;
};

}  // namespace attune
