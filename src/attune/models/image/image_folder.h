#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/models/image/image_load.h"

namespace attune {

struct ImageModelSource {
  ImageCheckpoint checkpoint;
  Json preprocessing;  ///< as preprocessor_config.json
  /// Where nothing says how its pictures were prepared: whose preprocessing was assumed, and why.
  std::string assumed;
};

/// What config.json and preprocessor_config.json would say of a checkpoint that has neither.
struct ImageSettings {
  Json config, preprocessing;
};

/// What the families know of checkpoints. The registry asks them one after another.
struct ImageFamilies {
  /// Whether a bare checkpoint's tensors are those of its config; for a message alone.
  std::function<bool(const ImageCheckpoint&)> fits;
  /// Of Keras' tensors of a model for pictures of `side`; nothing where no family knows them.
  std::function<std::optional<ImageSettings>(const CheckpointFile&, std::int64_t side)> from_keras;
  std::vector<std::string> keras_names;  ///< the families that know some, for people
  /// For a config.json without preprocessor_config.json.
  std::function<Json(const Json& config)> usual_preprocessing;
};

/// Finds out what `folder_or_file` holds and reads it, as make_image_classifier (registry.h) says.
/// Throws `user` where it holds nothing of use, and where an architecture is needed, unknown or
/// contradicts a config.json.
ImageModelSource find_image_source(const fs::path& folder_or_file, const std::string& architecture,
                                   const ImageFamilies& families,
                                   const std::string& weights_key = "");

}  // namespace attune
