#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/adapt/cache_budget.h"
#include "attune/base/files.h"

namespace attune {

/// What came out of the frozen part of a model for each example, bit for bit: float32 rows, a
/// number of them of the example's own (tokens, or 1), all of one width. As long as `budget` grants
/// memory they stay there, the rest goes to a file in `folder` that has no name, so the system
/// frees it however the process ends. What memory there is, caches may share (`budget`). Not for
/// use from several threads at once.
class FeatureCache {
 public:
  /// `budget` null: everything goes to the file.
  FeatureCache(std::shared_ptr<CacheBudget> budget, fs::path folder);
  ~FeatureCache();
  FeatureCache(const FeatureCache&) = delete;
  FeatureCache& operator=(const FeatureCache&) = delete;

  /// States what the rows are computed with (the first trained group): another key than before
  /// drops all of them.
  void set_key(std::int64_t key);
  bool has(std::int64_t example) const { return entries_.contains(example); }
  /// Keeps a copy of `rows`: float32 [n, width], any device. Throws `internal` where the example is
  /// there already or the width is another one, `io` where the file cannot be written.
  void put(std::int64_t example, const at::Tensor& rows);
  /// The rows of `examples` end to end: float32 [sum of n, width] in main memory. Requires that all
  /// are there.
  at::Tensor gather(std::span<const std::int64_t> examples) const;
  void clear();

  std::int64_t memory_bytes() const { return memory_bytes_; }
  std::int64_t file_bytes() const { return file_bytes_; }

 private:
  struct Entry {
    std::int64_t rows;
    const float* memory;       ///< null: in the file
    std::int64_t file_offset;  ///< bytes
  };
  float* allocate(std::int64_t count);
  void open_file();

  std::shared_ptr<CacheBudget> budget_;
  fs::path folder_;
  std::int64_t key_ = -1;
  std::int64_t width_ = -1;
  std::unordered_map<std::int64_t, Entry> entries_;
  std::vector<at::Tensor> slabs_;  ///< memory, filled one after the other
  std::int64_t slab_used_ = 0;     ///< floats of the last one
  std::int64_t memory_bytes_ = 0, file_bytes_ = 0;
  int descriptor_ = -1;
};

}  // namespace attune
