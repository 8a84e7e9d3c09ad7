#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "attune/data/image/image_dataset.h"

namespace attune {

// Data sets that hold all pictures in a few files; the pixels stay where they were read and are
// shared (`ImageBlock`). Every example knows its split. `label_names`: the classes by id; empty:
// the names that the files give, else "0", "1" ... up to the largest label. They throw `io` where a
// file cannot be read and `data` where one is damaged or its shapes do not fit (the file or key is
// named), a label is above the names, or fewer than two classes occur.

/// An array of bytes in LeCun's idx format (http://yann.lecun.com/exdb/mnist, "file formats").
struct IdxArray {
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> values;
  std::shared_ptr<const void> storage;  ///< owns `values`, where they were read from a file
};

/// Parses an idx file of unsigned bytes; the result points into `bytes`.
IdxArray parse_idx(std::span<const std::byte> bytes, const std::string& name);
/// The same of a file, plain or .gz (at most 4 GiB decompressed).
IdxArray read_idx(const fs::path& path);

/// MNIST, Fashion-MNIST and their like: train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-
/// (or test-) ones, each plain or .gz, with '-' or '.' before "idx".
ImageDataset read_idx_folder(const fs::path& folder,
                             const std::vector<std::string>& label_names = {});

/// CIFAR-10 (data_batch_*.bin, test_batch.bin, batches.meta.txt) and CIFAR-100 (train.bin,
/// test.bin, fine_label_names.txt; the fine labels) in their binary version.
ImageDataset read_cifar_folder(const fs::path& folder,
                               const std::vector<std::string>& label_names = {});

/// MedMNIST: train_images, train_labels, val_*, test_* with uint8 images [N, H, W] or [N, H, W, 3]
/// and whole numbers [N, 1] or [N] (one class) or [N, L] of 0 and 1 (multi-label; -1: not known).
ImageDataset read_medmnist(const fs::path& path, const std::vector<std::string>& label_names = {});

/// Whether `folder` holds such files.
bool is_idx_folder(const fs::path& folder);
bool is_cifar_folder(const fs::path& folder);

}  // namespace attune
