#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/data/image/image_dataset.h"

namespace attune {

/// Checks labels read from arrays and names their classes: given names, else "0" ... "largest".
/// Throws `data` where a label is above the names or fewer than two classes occur.
void name_array_classes(ImageDataset& dataset, const std::vector<std::string>& names,
                        const std::string& source);

/// Adds a block and an example for each of its pictures, with the class that `labels` gives.
void add_block(ImageDataset& dataset, ImageBlock block, std::span<const std::int64_t> labels,
               GivenSplit split);

/// Throws `data` unless the pictures' sizes are possible and the block as long as they say.
void check_block(const ImageBlock& block);

}  // namespace attune
