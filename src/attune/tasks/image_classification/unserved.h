#pragma once

#include <span>
#include <string>

#include "attune/config/schema.h"
#include "attune/data/image/image_dataset.h"

namespace attune {

/// Adds a problem for each option that none of the pictures can use (a DICOM window with JPEG
/// files). Opens files, and no more of them than are needed, only where such an option is given.
void find_unserved_pictures(std::span<const std::string> files, config::Schema& schema);
void find_unserved_pictures(const ImageDataset& data, config::Schema& schema);

}  // namespace attune
