#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

namespace attune {

/// Large blocks of memory that are kept when they are freed and given out again. The C library
/// returns a large block to the system at once, which then clears each of its pages anew: a fifth
/// of the time of a training step of ResNet-50, whose steps all ask for the same sizes.
///
/// What is kept and what is in use are together never more than a third above the most that was in
/// use at one time: the blocks unused for longest go back to the system first. For any thread.
class BlockCache {
 public:
  struct Usage {
    std::size_t in_use = 0, kept = 0;  ///< bytes
    std::size_t most_in_use = 0;
    std::size_t from_system = 0;  ///< blocks asked of the system so far
  };

  BlockCache() = default;
  ~BlockCache();  ///< every block must have been freed
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// At least `bytes` (above 0), aligned to a page, its values whatever they were. Throws
  /// std::bad_alloc.
  void* allocate(std::size_t bytes);
  /// Whether `block` was one of the cache's: anything else is left alone.
  bool free(void* block);
  Usage usage() const;

 private:
  struct Block {
    void* data;
    std::size_t bytes;
  };
  using Kept = std::list<Block>;  // the one freed last in front

  void* take_kept(std::size_t bytes);
  void give_back_oldest();

  mutable std::mutex mutex_;
  Kept kept_;
  std::multimap<std::size_t, Kept::iterator> by_size_;
  std::unordered_map<void*, std::size_t> in_use_;
  Usage usage_;
};

/// Makes LibTorch take the memory of its large tensors on the CPU from a BlockCache, from now on.
/// For a program, once, at its start. Does nothing under AddressSanitizer, which could not see
/// errors in memory that is never freed.
void reuse_tensor_memory();

}  // namespace attune
