#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "attune/base/files.h"

namespace attune {

/// A file mapped read-only into memory; pages are read when they are touched. The mapping lives as
/// long as the object: share it (`std::shared_ptr<const MappedFile>`) with whatever points into it.
class MappedFile {
 public:
  /// Throws `io` where the file cannot be opened or mapped. An empty file maps to an empty span.
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace attune
