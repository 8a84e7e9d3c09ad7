#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/image/image_dataset.h"

namespace attune {

/// An array of bytes in LeCun's idx format (http://yann.lecun.com/exdb/mnist, "file formats").
struct IdxArray {
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> values;
  std::shared_ptr<const void> storage;  ///< owns `values`, where they were read from a file
};

/// Parses an idx file of unsigned bytes; the result points into `bytes`. Throws `data`.
IdxArray parse_idx(std::span<const std::byte> bytes, const std::string& name);
/// The same of a file, plain or .gz (at most 4 GiB decompressed). Throws `io` too.
IdxArray read_idx(const fs::path& path);

/// MNIST, Fashion-MNIST and their like: train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-
/// (or test-) ones, each plain or .gz, with '-' or '.' before "idx". See array_labels.h.
ImageDataset read_idx_folder(const fs::path& folder,
                             const std::vector<std::string>& label_names = {});

/// Whether `folder` holds such files.
bool is_idx_folder(const fs::path& folder);

}  // namespace attune
