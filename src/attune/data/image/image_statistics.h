#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/data/image/image_dataset.h"
#include "attune/data/statistics.h"
#include "attune/media/image/image.h"

namespace attune {

/// A set of pictures to look at: `name` is "train", "validation" ...
struct ImageSplitView {
  std::string name;
  const ImageDataset* data = nullptr;
  std::span<const Size> sizes;  ///< of each picture; may be empty
  /// Of each picture's pixels, equal for equal ones, 0 where not known; may be empty.
  std::vector<std::uint64_t> keys;
};

/// Smallest, lower median and largest sides. Requires at least one size.
SizeStatistics size_statistics(std::span<const Size> sizes);

/// Class balance, groups, sizes and exact duplicates by their keys (computing them is the
/// caller's: it decodes). The splits must have the same label kind and names.
DatasetStatistics compute_statistics(std::span<const ImageSplitView> splits);

}  // namespace attune
