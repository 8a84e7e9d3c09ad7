#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "attune/pretrained/formats/pytorch/pickle.h"
#include "attune/pretrained/formats/pytorch/pytorch_tensors.h"

namespace attune {

/// PyTorch's checkpoints before 1.6 (pytorch: torch/serialization.py, `_legacy_save`): pickles of a
/// magic number, a protocol version, facts about the machine, what was saved and the storages'
/// keys; then each storage's number of elements (i64) and values, little-endian on every machine.
class PytorchLegacyFile {
 public:
  /// Finds and checks all parts; the bytes must outlive the object. Throws `data`.
  PytorchLegacyFile(std::string_view bytes, const std::string& source);

  /// What was saved.
  const PickleValue& root() const { return saved_.root(); }
  std::span<const std::byte> storage(const StorageId& id) const;

 private:
  std::string source_;
  Pickle saved_;
  std::unordered_map<std::string, std::span<const std::byte>> storages_;
};

}  // namespace attune
