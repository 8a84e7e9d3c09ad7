#include "attune/adapt/feature_cache.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <ATen/ops/empty.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include "attune/base/disk/temporary_file.h"
#include "attune/base/error.h"

namespace attune {
namespace {

constexpr std::int64_t kSlab = 4 << 20;  // floats

void write_all(int descriptor, const fs::path& folder, const void* data, std::int64_t bytes,
               std::int64_t offset) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t put = pwrite(descriptor, next, static_cast<std::size_t>(bytes), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_io("write the feature cache in", folder, errno);
    next += put;
    bytes -= put;
    offset += put;
  }
}

void read_all(int descriptor, const fs::path& folder, void* data, std::int64_t bytes,
              std::int64_t offset) {
  char* next = static_cast<char*>(data);
  while (bytes > 0) {
    // Not seek and read: the file has no position that reads and writes would share.
    const ssize_t got = pread(descriptor, next, static_cast<std::size_t>(bytes), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail_io("read the feature cache in", folder, got < 0 ? errno : EIO);
    next += got;
    bytes -= got;
    offset += got;
  }
}

}  // namespace

FeatureCache::FeatureCache(std::shared_ptr<CacheBudget> budget, fs::path folder)
    : budget_(std::move(budget)), folder_(std::move(folder)) {}

FeatureCache::~FeatureCache() {
  clear();
}

void FeatureCache::set_key(std::int64_t key) {
  // Rows of another key are another function of the example.
  if (key != key_) clear();
  key_ = key;
}

void FeatureCache::clear() {
  entries_.clear();
  slabs_.clear();
  if (budget_) budget_->give_back(memory_bytes_);
  width_ = -1;
  slab_used_ = memory_bytes_ = file_bytes_ = 0;
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

/// Room in memory for `count` floats, or null where the budget does not allow it.
float* FeatureCache::allocate(std::int64_t count) {
  const bool fits = !slabs_.empty() && slab_used_ + count <= slabs_.back().numel();
  if (!fits) {
    // Whole floats alone: the rest of the budget, below four bytes, stays with it.
    const std::int64_t left = budget_ ? budget_->left() / 4 : 0;
    const std::int64_t size = std::max(count, std::min(kSlab, left));
    if (size > left) return nullptr;
    slabs_.push_back(at::empty({size}, at::kFloat));
    budget_->take(size * 4);
    memory_bytes_ += size * 4;
    slab_used_ = 0;
  }
  float* memory = slabs_.back().data_ptr<float>() + slab_used_;
  slab_used_ += count;
  return memory;
}

void FeatureCache::open_file() {
  make_directories(folder_);
  const Temporary made = create_temporary_file(folder_ / "attune-features");
  descriptor_ = made.descriptor;
  unlink(made.path.c_str());
}

void FeatureCache::put(std::int64_t example, const at::Tensor& rows) {
  check(
      rows.dim() == 2 && rows.scalar_type() == at::kFloat && (width_ < 0 || rows.size(1) == width_),
      ErrorKind::internal, "feature cache: got {} {}, expected float32 [n, {}]",
      c10::toString(rows.scalar_type()), fmt::streamed(rows.sizes()), width_);
  check(!has(example), ErrorKind::internal, "feature cache: example {} is there already", example);
  const at::Tensor values = rows.detach().to(at::kCPU).contiguous();
  const std::int64_t bytes = values.numel() * 4;
  Entry entry{.rows = values.size(0), .memory = nullptr, .file_offset = file_bytes_};
  if (float* memory = allocate(values.numel())) {
    if (bytes > 0)
      std::memcpy(memory, values.const_data_ptr<float>(), static_cast<std::size_t>(bytes));
    entry.memory = memory;
  } else {
    if (descriptor_ < 0) open_file();
    write_all(descriptor_, folder_, values.const_data_ptr<float>(), bytes, file_bytes_);
    file_bytes_ += bytes;
  }
  width_ = values.size(1);
  entries_.emplace(example, entry);
}

at::Tensor FeatureCache::gather(std::span<const std::int64_t> examples) const {
  std::int64_t rows = 0;
  for (const std::int64_t example : examples) {
    check(has(example), ErrorKind::internal, "feature cache: example {} is missing", example);
    rows += entries_.at(example).rows;
  }
  at::Tensor result = at::empty({rows, std::max<std::int64_t>(width_, 0)}, at::kFloat);
  float* next = result.data_ptr<float>();
  for (const std::int64_t example : examples) {
    const Entry& entry = entries_.at(example);
    const std::int64_t count = entry.rows * width_;
    if (entry.memory == nullptr) {
      read_all(descriptor_, folder_, next, count * 4, entry.file_offset);
    } else if (count > 0) {
      std::memcpy(next, entry.memory, static_cast<std::size_t>(count) * 4);
    }
    next += count;
  }
  return result;
}

}  // namespace attune
