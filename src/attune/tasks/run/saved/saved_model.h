#pragma once

#include <string>

#include <c10/core/Device.h>

#include "attune/base/error.h"
#include "attune/nn/module.h"
#include "attune/nn/state_dict.h"
#include "attune/pretrained/options.h"
#include "attune/train/device.h"

namespace attune {

/// Makes a loaded model ready to be applied: in evaluation mode, on `device`. Throws `user`, naming
/// the model as `name`, where a tensor had no weights, for its answers would be random.
void make_ready(nn::Module& model, const LoadReport& report, const std::string& name,
                at::Device device);

/// What `open` loads (a struct with `model` and `report`), ready to be applied. Throws `user` where
/// no model is named, where the device cannot be used, and as `make_ready` and `open` do.
template <typename Open>
auto open_saved_model(const PretrainedOptions& pretrained, DeviceName device, const Open& open) {
  check(!pretrained.model.empty(), ErrorKind::user, "--model is missing");
  // Before there are tensors: LibTorch looks for CUDA once (train/device.h).
  const at::Device place = choose_device(device);
  auto loaded = open();
  make_ready(*loaded.model, loaded.report, pretrained.model, place);
  return loaded;
}

}  // namespace attune
