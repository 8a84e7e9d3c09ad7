#pragma once

#include <string>
#include <vector>

#include "attune/pretrained/formats/checkpoint_file.h"
#include "attune/pretrained/formats/pytorch/pytorch_tensors.h"

namespace attune {

/// The tensors of an unpickled PyTorch checkpoint by name, and what stood beside them.
struct PytorchStateDict {
  std::vector<TensorView> tensors;
  CheckpointFile::Metadata metadata;
};

/// Finds the state dict in what was saved:
/// - a dict of tensors; dicts and lists inside are flattened, names joined by dots;
/// - a dict that holds one under "state_dict", "model_state_dict", "model", "net" or "ema" (in this
///   order) and no tensors itself but single numbers. The metadata say so as "state_dict_key", and
///   as "left_out" which other entries are not read;
/// - a module (`torch.save(model)`), by the parameters and buffers that `state_dict()` would list;
///   its class goes to the metadata as "module_class".
/// Where all names begin with "module." (DataParallel), that is stripped ("stripped_prefix").
/// Numbers and short texts beside the tensors (epoch, best_prec1) go to the metadata as text.
/// Throws `data` where there is no tensor, naming what is there instead.
PytorchStateDict find_state_dict(const PickleValue& root, PytorchTensors& tensors,
                                 const std::string& source);

}  // namespace attune
