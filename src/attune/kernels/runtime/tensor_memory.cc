#include "attune/kernels/runtime/tensor_memory.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <new>

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>

namespace attune {

namespace {

// Above this size the C library's blocks go back to the system when they are freed.
constexpr std::size_t kSmallestBlock = std::size_t{1} << 17;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kMiB = std::size_t{1} << 20;

// Coarser the larger, so that blocks of nearly the same size fit one another.
std::size_t rounded(std::size_t bytes) {
  const std::size_t unit = bytes < 2 * kMiB ? kPage : bytes < 16 * kMiB ? kMiB / 16 : 2 * kMiB;
  if (bytes > SIZE_MAX - unit) throw std::bad_alloc();
  return (bytes + unit - 1) / unit * unit;
}

// A block that is this much too large may be given out in place of a new one.
std::size_t largest_that_fits(std::size_t bytes) {
  return bytes + bytes / 8;
}

// The sizes of a step's forward and backward passes differ: at an eighth above the most in use
// blocks of a ResNet-50 step still went back and forth, at 0.29 above none do.
std::size_t largest_total(std::size_t most_in_use) {
  return most_in_use + most_in_use / 3;
}

void* map_pages(std::size_t bytes) {
  void* const data =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return data == MAP_FAILED ? nullptr : data;
}

}  // namespace

BlockCache::~BlockCache() {
  while (!kept_.empty()) give_back_oldest();
}

void* BlockCache::take_kept(std::size_t bytes) {
  // Of the smallest size that fits, the block freed last: it may still be in the processor's cache.
  const auto fitting = by_size_.lower_bound(bytes);
  if (fitting == by_size_.end() || fitting->first > largest_that_fits(bytes)) return nullptr;
  const auto newest = std::prev(by_size_.upper_bound(fitting->first));
  const Block block = *newest->second;
  kept_.erase(newest->second);
  by_size_.erase(newest);
  usage_.kept -= block.bytes;
  in_use_[block.data] = block.bytes;
  usage_.in_use += block.bytes;
  return block.data;
}

void BlockCache::give_back_oldest() {
  const Block block = kept_.back();
  const auto [begin, end] = by_size_.equal_range(block.bytes);
  by_size_.erase(std::find_if(begin, end,
                              [&](const auto& entry) { return entry.second->data == block.data; }));
  kept_.pop_back();
  usage_.kept -= block.bytes;
  munmap(block.data, block.bytes);
}

void* BlockCache::allocate(std::size_t bytes) {
  bytes = rounded(bytes);
  const std::lock_guard lock(mutex_);
  void* data = take_kept(bytes);
  if (data == nullptr) {
    const std::size_t needed = usage_.in_use + bytes;
    const std::size_t most = std::max(usage_.most_in_use, needed);
    // Before new memory is asked for, so that the bound holds at every instant.
    while (!kept_.empty() && needed + usage_.kept > largest_total(most)) give_back_oldest();
    data = map_pages(bytes);
    // The system has no more: what is kept here may be just what is missing.
    while (data == nullptr && !kept_.empty()) {
      give_back_oldest();
      data = map_pages(bytes);
    }
    if (data == nullptr) throw std::bad_alloc();
    ++usage_.from_system;
    in_use_[data] = bytes;
    usage_.in_use += bytes;
  }
  usage_.most_in_use = std::max(usage_.most_in_use, usage_.in_use);
  return data;
}

bool BlockCache::free(void* data) {
  // Small blocks are freed here as well, and most are told by their address without the lock.
  if (reinterpret_cast<std::uintptr_t>(data) % kPage != 0) return false;
  const std::lock_guard lock(mutex_);
  const auto found = in_use_.find(data);
  if (found == in_use_.end()) return false;
  const std::size_t bytes = found->second;
  in_use_.erase(found);
  usage_.in_use -= bytes;
  usage_.kept += bytes;
  kept_.push_front({data, bytes});
  by_size_.emplace(bytes, kept_.begin());
  return true;
}

BlockCache::Usage BlockCache::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

namespace {

// Never destroyed: tensors of static lifetime are freed after everything else.
BlockCache& tensor_blocks() {
  static BlockCache* const blocks = new BlockCache;
  return *blocks;
}

void free_tensor(void* data) {
  if (!tensor_blocks().free(data)) c10::free_cpu(data);
}

class TensorMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const data =
        // Small ones stay with the C library, which keeps them itself.
        bytes < kSmallestBlock ? c10::alloc_cpu(bytes) : tensor_blocks().allocate(bytes);
    return {data, data, free_tensor, c10::kCPU};
  }

  c10::DeleterFnPtr raw_deleter() const override { return free_tensor; }

  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
};

}  // namespace

void reuse_tensor_memory() {
#if !defined(__SANITIZE_ADDRESS__)
  static TensorMemory* const memory = new TensorMemory;
  c10::SetCPUAllocator(memory);
#endif
}

}  // namespace attune
