#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/data/image/image_dataset.h"

namespace attune {

// Data sets that hold all pictures in a few files; the pixels stay where they were read and are
// shared (`ImageBlock`). Every example knows its split. `label_names`: the classes by id; empty:
// the names that the files give, else "0", "1" ... up to the largest label. Their readers throw
// `io` where a file cannot be read and `data` where one is damaged or its shapes do not fit (the
// file or key is named), a label is above the names, or fewer than two classes occur.

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
