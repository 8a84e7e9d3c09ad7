#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace attune {

namespace fs = std::filesystem;

/// What `-` stands for where a file is to be written.
inline constexpr const char* kStandardOutput = "/dev/stdout";

/// The file's bytes. Throws `io` where it cannot be read, `user` where it is no file (disk/
/// input_file.h), `data` where it is larger than `max_bytes` (files from elsewhere are hostile:
/// every caller states what is plausible).
std::string read_file(const fs::path& path, std::uint64_t max_bytes);

/// A file to write, and the one way to write it. A regular file, or one that is not there yet,
/// appears under its name only when it is complete: it is written to a hidden temporary file in the
/// same folder, synced, renamed by `commit()`; without that nothing is left behind. Of a link the
/// file that it leads to is replaced, and the link stays; one that is replaced keeps its rights.
/// What is no regular file (a device, a FIFO, /dev/stdout) is written to as the bytes come.
class AtomicFile {
 public:
  /// Throws `user` where the path is a folder.
  explicit AtomicFile(fs::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  fs::path path_;
  fs::path target_;     ///< where links lead
  fs::path temporary_;  ///< "": written through
  int descriptor_ = -1;
  bool committed_ = false;
};

void write_file_atomically(const fs::path& path, std::string_view bytes);

/// A folder that appears under its name only when it is complete. Write into `path()`, then
/// `commit()`: every file is synced and the folder renamed. Without it the folder is removed.
class StagedDirectory {
 public:
  /// `commit()` replaces an existing `target` as a whole.
  explicit StagedDirectory(fs::path target);
  ~StagedDirectory();
  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  const fs::path& path() const { return temporary_; }
  void commit();

 private:
  fs::path target_, temporary_;
  int descriptor_ = -1;  ///< says that the folder is being written
  bool committed_ = false;
};

/// Creates the folder and its parents; throws `io` with the path where that is not possible.
void make_directories(const fs::path& path);

/// Removes a file or a folder with all it holds; a missing one is fine.
void remove_tree(const fs::path& path);

}  // namespace attune
