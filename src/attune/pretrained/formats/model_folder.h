#pragma once

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// Opens the weights of a model folder as Hugging Face lays it out: `model.safetensors`, else the
/// shards of `model.safetensors.index.json`. A path of a `.safetensors` file or of such an index is
/// taken as it is. Throws `user` where there is nothing to read, naming formats that are there
/// but not read.
CheckpointFile open_weights(const fs::path& folder_or_file);

}  // namespace attune
