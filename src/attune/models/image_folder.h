#pragma once

#include <functional>
#include <string>

#include "attune/base/files.h"
#include "attune/models/image_load.h"

namespace attune {

struct ImageSource {
  ImageCheckpoint checkpoint;
  Json preprocessing;  ///< as preprocessor_config.json
};

/// Finds out what `folder_or_file` holds and reads it, as make_image_classifier (registry.h) says.
/// Throws `user` where it holds nothing of use, and where an architecture is needed, unknown or
/// contradicts a config.json. `fits` tells whether a bare checkpoint's tensors are those of its
/// config; it is asked for the sake of that message.
ImageSource find_image_source(const fs::path& folder_or_file, const std::string& architecture,
                              const std::function<bool(const ImageCheckpoint&)>& fits);

}  // namespace attune
