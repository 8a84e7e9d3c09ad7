#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// Says that this process writes into a folder: as long as one lives, no other process gets it.
/// The file `.attune.lock` in the folder holds who has it, and goes with the lock; one that a
/// killed process has left is no obstacle.
class FolderLock {
 public:
  /// Locks a folder, which is made where it is not there, and goes with the lock if nothing was
  /// written into it; within a process a folder that is locked already is shared. Throws `user`
  /// where another process has it, naming that process, and `io` where it cannot be made. Where the
  /// file system has no locks a warning is logged, and nothing is locked.
  static std::shared_ptr<FolderLock> take(const fs::path& folder);
  /// Throws as `take` for it and for the folders that it lies in, and locks nothing. A folder that
  /// is not there is fine.
  static void check_free(const fs::path& folder);

  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(fs::path file) : file_(std::move(file)) {}

  fs::path file_;
  std::vector<fs::path> made_;  ///< folders that were not there, the innermost first
  int descriptor_ = -1;
};

}  // namespace attune
