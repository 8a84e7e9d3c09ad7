#pragma once

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// Opens the weights of a model folder: the first that is there of `model.safetensors`,
/// `model.safetensors.index.json` (shards), `pytorch_model.bin`, `pytorch_model.bin.index.json` and
/// TensorFlow.js' `model.json`. The path of a file is taken as it is: `.safetensors`, PyTorch's
/// `.bin`, `.pt`, `.pth`, `.th`, `.ckpt`, NumPy's `.npz`, `.npy`, `model.json`, or such an index.
/// Throws `user` where there is nothing to read, naming formats that are there but not read.
CheckpointFile open_weights(const fs::path& folder_or_file);

}  // namespace attune
