#pragma once

#include <string>

#include "attune/data/image/image_dataset.h"

namespace attune {

/// Tables of boxes and of several annotators have several rows of a picture. Makes one example of
/// the rows of one file, part and group: of several labels, with those of all rows (not known is
/// what no row knows); of one label or number, where the rows agree. Where they do not, the rows
/// stay and are warned of. `name`: of the table, for what is told. Requires files, no blocks.
void join_rows_of_a_file(ImageDataset& data, const std::string& name);

}  // namespace attune
