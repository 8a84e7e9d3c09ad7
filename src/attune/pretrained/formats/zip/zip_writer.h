#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// Writes a ZIP archive of stored files (ZIP64 where it grows beyond 4 GiB or 65,535 files) that
/// appears when `commit()` is called. The same files give the same bytes.
class ZipWriter {
 public:
  explicit ZipWriter(fs::path path) : file_(std::move(path)) {}

  /// Adds a file whose data begins at a multiple of `alignment` in the archive.
  void add(const std::string& name, std::span<const std::byte> data, std::size_t alignment = 1);
  void add(const std::string& name, std::string_view text, std::size_t alignment = 1);
  void commit();

 private:
  struct Entry {
    std::string name;
    std::uint32_t crc32 = 0;
    std::uint64_t size = 0, offset = 0;
  };
  void write(std::string_view bytes);

  AtomicFile file_;
  std::uint64_t position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace attune
