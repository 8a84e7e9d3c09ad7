#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attune/pretrained/formats/tensor_view.h"

namespace attune {

/// What every reader of a checkpoint format returns: named tensors whose bytes stay valid as long
/// as this object or a copy of it lives (copies share the storage).
class CheckpointFile {
 public:
  using Metadata = std::map<std::string, std::string>;

  CheckpointFile() = default;
  /// `storage` owns what the views of `tensors` point into. Throws `data` where two tensors have
  /// the same name. `source` is the file or folder, for messages; `format` what it is to people
  /// ("safetensors"), "" for tensors that come from no file.
  CheckpointFile(std::string source, std::vector<TensorView> tensors, Metadata metadata,
                 std::shared_ptr<const void> storage, std::string format = "");

  const std::string& source() const { return source_; }
  const std::string& format() const { return format_; }
  /// In the order of the file's data (of the shards by name, then of each shard's data).
  const std::vector<TensorView>& tensors() const { return tensors_; }
  const Metadata& metadata() const { return metadata_; }
  const std::shared_ptr<const void>& storage() const { return storage_; }

  /// The tensor of that name or nullptr.
  const TensorView* find(std::string_view name) const;

 private:
  std::string source_, format_;
  std::vector<TensorView> tensors_;
  Metadata metadata_;
  std::shared_ptr<const void> storage_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace attune
