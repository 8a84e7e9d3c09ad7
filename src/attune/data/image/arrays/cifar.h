#pragma once

#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/image/image_dataset.h"

namespace attune {

/// CIFAR-10 (data_batch_*.bin, test_batch.bin, batches.meta.txt) and CIFAR-100 (train.bin,
/// test.bin, fine_label_names.txt; the fine labels) in their binary version. See array_labels.h.
ImageDataset read_cifar_folder(const fs::path& folder,
                               const std::vector<std::string>& label_names = {});

/// Whether `folder` holds such files.
bool is_cifar_folder(const fs::path& folder);

}  // namespace attune
