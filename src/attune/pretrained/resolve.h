#pragma once

#include <span>
#include <string>

#include "attune/base/files.h"
#include "attune/pretrained/hub/hub_options.h"

namespace attune {

/// The names of what a model's folder may hold beside config.json and weights, whatever the family:
/// files of tokenizer, preprocessing and decisions.
std::span<const std::string> model_companions();

/// The folder of a model: `dir_or_hub_id` itself if it is a folder with a config.json, otherwise
/// the snapshot of that model of the Hugging Face hub, with config.json, the files of tokenizer,
/// preprocessing and decisions that it has, and the weights (safetensors, else pytorch_model.bin;
/// one file or shards) downloaded where they are not cached.
/// Throws `user` where it is neither, and as `hub_file` does.
fs::path resolve_model(const std::string& dir_or_hub_id, const std::string& revision = "main",
                       const HubOptions& options = HubOptions::from_environment());

}  // namespace attune
