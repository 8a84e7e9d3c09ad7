#pragma once

#include <span>
#include <string>

#include "attune/base/files.h"
#include "attune/pretrained/hub/hub_options.h"

namespace attune {

/// The names of what may be read of a model's folder beside config.json and weights, whatever the
/// family: files of tokenizer, preprocessing, decisions and the run that made it. Together with
/// config.json, `weight_names` and `files_beside_weights` (formats/model_folder.h) it is the one
/// list of what a loader may open: a hub model has just these fetched, so that a file read and not
/// listed would make a folder and its hub id two models.
std::span<const std::string> model_companions();

/// The folder of a model: `dir_or_hub_id` itself if it is a folder with a config.json, otherwise
/// the snapshot of that model of the Hugging Face hub, with config.json (or model.json of
/// TensorFlow.js), the companions that it has, and the best of its weights downloaded where they
/// are not cached. Where the hub cannot be reached and the cache has config and weights, these are
/// used; the log tells. `further` are files to be there too, where the model has them: those of a
/// choice the user made (a language's adapter), of which a model may have a thousand. Throws `user`
/// where it is neither, and as `hub_file` does.
fs::path resolve_model(const std::string& dir_or_hub_id, const std::string& revision = "main",
                       const HubOptions& options = HubOptions::from_environment(),
                       std::span<const std::string> further = {});

}  // namespace attune
