#pragma once

#include <string>
#include <vector>

#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// A tensor that a model must find in its checkpoint: its name, and others it is known under.
using Spellings = std::vector<std::string>;

/// The checkpoint with its names as the model has them, where it was saved from inside of something
/// larger: "model." of a Lightning module, "_orig_mod." of torch.compile, "backbone.", "net.",
/// "module.densenet121.", or any of these around each other. A prefix is left out only where all
/// of `required` is under it; what is not under it is left out too. The metadata say so as
/// "stripped_prefix" (after what it had there) and "outside_prefix".
/// Returns `file` as it is where that has all of `required`, or no prefix gives more than half.
/// Throws `data` where two prefixes fit (naming them: weights_key chooses), and where a prefix fits
/// only a part, naming what is missing.
CheckpointFile without_prefix(const CheckpointFile& file, const std::vector<Spellings>& required);

}  // namespace attune
