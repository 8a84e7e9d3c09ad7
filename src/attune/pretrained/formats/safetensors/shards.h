#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

// Checkpoints in several files as Hugging Face writes them: `X.index.json` with a "weight_map" from
// tensor names to files beside it, for safetensors and PyTorch alike.

/// The files that the index names, each once, sorted. Throws `data` where it is not well formed or
/// a name leaves its folder.
std::vector<std::string> shard_files(const fs::path& index_path);

/// All tensors of the index, each shard opened by `read`. Throws `data` as above, and where a shard
/// is missing or does not hold a tensor that it should.
CheckpointFile read_shards(const fs::path& index_path,
                           const std::function<CheckpointFile(const fs::path&)>& read);

}  // namespace attune
