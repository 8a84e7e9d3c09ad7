#pragma once

#include <string>

#include "attune/pretrained/formats/pytorch/pytorch_walk.h"

namespace attune {

/// Finds the state dict in what was saved:
/// - a dict of tensors; dicts and lists inside are flattened, names joined by dots;
/// - a dict that holds one under a usual key (state_dict, model, ...), an average of the weights
///   (state_dict_ema, model_ema, ema, ...) before the weights, as timm takes them, and no tensors
///   itself but single numbers. The metadata say so as "state_dict_key", as "left_out" which other
///   entries are not read, and as "other_weights" which of them are weights too;
/// - a module (`torch.save(model)`), by the parameters and buffers that `state_dict()` would list;
///   its class goes to the metadata as "module_class".
/// - a list of these, names beginning with the place in it.
/// `key` chooses instead: the keys that lead to the wanted weights, joined by dots; what of it is
/// no entry must begin the tensors' names. Where all names begin with "module." (DataParallel,
/// AveragedModel) or "_orig_mod." (torch.compile), that is stripped ("stripped_prefix"). Numbers
/// and short texts beside the tensors (epoch, best_prec1, args.lr) go to the metadata as text,
/// names of labels as "label_names" (pytorch_labels.h). Throws `data` where there is no tensor,
/// naming what is there instead; `user` where `key` leads to none.
PytorchStateDict find_state_dict(const PickleValue& root, PytorchTensors& tensors,
                                 const std::string& source, const std::string& key = "");

}  // namespace attune
