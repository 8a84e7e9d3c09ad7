#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "attune/base/mmap.h"

namespace attune {

/// What the views of a CheckpointFile point into: mapped files, and buffers for tensors that do not
/// lie in them as they are needed (packed, strided, byte-swapped).
class ByteStore {
 public:
  /// Keeps the file mapped as long as the store lives; returns its bytes.
  std::span<const std::byte> map(const fs::path& path) {
    return files_.emplace_back(std::make_unique<MappedFile>(path))->bytes();
  }

  /// Memory without a value. The caller has checked `size` against what the file can hold.
  std::span<std::byte> allocate(std::size_t size) {
    buffers_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    return {buffers_.back().get(), size};
  }

 private:
  std::vector<std::unique_ptr<const MappedFile>> files_;
  std::vector<std::unique_ptr<std::byte[]>> buffers_;
};

}  // namespace attune
