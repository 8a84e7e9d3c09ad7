#pragma once

#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/image/image_dataset.h"

namespace attune {

/// MedMNIST: train_images, train_labels, val_*, test_* with uint8 images [N, H, W] or [N, H, W, 3]
/// and whole numbers [N, 1] or [N] (one class) or [N, L] of 0 and 1 (multi-label; -1: not known).
/// See array_labels.h.
ImageDataset read_medmnist(const fs::path& path, const std::vector<std::string>& label_names = {});

}  // namespace attune
