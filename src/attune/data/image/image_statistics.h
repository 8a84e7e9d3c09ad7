#pragma once

#include <span>
#include <string>

#include "attune/data/image/image_dataset.h"
#include "attune/data/statistics.h"
#include "attune/media/image/image.h"

namespace attune {

/// A set of pictures to look at: `name` is "train", "validation" ...
struct ImageSplitView {
  std::string name;
  const ImageDataset* data = nullptr;
  std::span<const Size> sizes;  ///< of each picture; may be empty
  std::span<const std::string>
      hashes;  ///< of each picture's pixels, "" where not known; may be empty
};

/// Class balance, groups, sizes and exact duplicates by their hash (computing it is the caller's:
/// it decodes). The splits must have the same label kind and names.
DatasetStatistics compute_statistics(std::span<const ImageSplitView> splits);

}  // namespace attune
