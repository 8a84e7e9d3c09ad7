#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// What a model folder calls its weights, best first; an index names further files beside it.
std::span<const std::string> weight_names();

/// The files beside `path`, one of `weight_names`, that its weights lie in: shards of an index,
/// those of model.json; none of other files. Throws `data` where it is damaged.
std::vector<std::string> files_beside_weights(const fs::path& path);

/// Opens the weights of a model folder: the first that is there of `model.safetensors`,
/// `model.safetensors.index.json` (shards), `pytorch_model.bin`, `pytorch_model.bin.index.json` and
/// TensorFlow.js' `model.json`. The path of a file is taken as it is, whatever its ending:
/// safetensors, PyTorch's, NumPy's `.npz` and `.npy` by how it begins, `model.json`, an index of
/// shards or darknet's `.weights` and `.cfg` by its name.
/// `key` chooses among several sets of weights: of a PyTorch file as `find_state_dict` says, else
/// the tensors whose names begin with it and a dot.
/// Throws `user` where there is nothing to read, naming formats that are there but not read, and
/// where `key` names nothing.
CheckpointFile open_weights(const fs::path& folder_or_file, const std::string& key = "");

}  // namespace attune
