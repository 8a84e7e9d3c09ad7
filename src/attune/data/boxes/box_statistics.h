#pragma once

#include <cstdint>
#include <vector>

#include "attune/data/boxes/box_parts.h"
#include "attune/data/statistics.h"

namespace attune {

/// Sizes of pictures, classes, and sizes and shapes of boxes of each part; with `scans` (one for
/// each part, or none) also pictures of the same pixels.
DatasetStatistics box_statistics(const BoxParts& parts, const std::vector<ImageScan>& scans);

/// Whether two pictures have the same boxes: as many, and for each one of its class in the other
/// that overlaps it by half (IoU). What `same_label` (statistics_of.h) is to others.
bool same_label(const BoxDataset& first, std::int64_t i, const BoxDataset& second, std::int64_t j);

}  // namespace attune
