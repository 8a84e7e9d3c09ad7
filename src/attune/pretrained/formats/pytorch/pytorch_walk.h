#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "attune/pretrained/formats/checkpoint_file.h"
#include "attune/pretrained/formats/pytorch/pytorch_tensors.h"

namespace attune {

/// The tensors of an unpickled PyTorch checkpoint by name, and what stood beside them.
struct PytorchStateDict {
  std::vector<TensorView> tensors;
  CheckpointFile::Metadata metadata;
};

constexpr std::size_t kMaxModuleAttributes = 10'000;
constexpr std::size_t kMaxLeftOut = 16;  ///< names that are told, of what is not read

/// Whether it is a `torch.nn.Module`, by the attributes that hold its members.
bool is_module(const PickleValue& value);
bool is_dict(const PickleValue& value);
/// What it is, for messages: "a list", "an object made by x.Y".
std::string describe(const PickleValue& value);
/// A key of a dict as a part of a name; "" for what is neither text nor integer. Throws `data` for
/// invalid UTF-8.
std::string key_text(const PickleValue& key, const std::string& source);

/// All tensors in `value`, dicts, lists and modules flattened and their names joined by dots, in
/// the order of `state_dict()`; numbers and short texts go to the metadata, names of other entries
/// to "left_out", the class of a module to "module_class", names of labels to "label_names".
/// `steps` counts over all walks of a file. Throws `data` for what is nested too deeply, too large,
/// or no module where one must be.
PytorchStateDict collect_state_dict(const PickleValue& value, PytorchTensors& tensors,
                                    const std::string& source, std::size_t& steps);

/// What stands in `root` beside its entry `key`, as metadata: numbers and short texts, those of
/// settings (an argparse.Namespace or dict under `args`, `cfg`, `config` or `hyper_parameters`) by
/// their path ("args.lr").
CheckpointFile::Metadata facts_beside(const PickleValue& root, std::string_view key,
                                      PytorchTensors& tensors, const std::string& source,
                                      std::size_t& steps);

}  // namespace attune
