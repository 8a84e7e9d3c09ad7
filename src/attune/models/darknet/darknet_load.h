#pragma once

#include <string>

#include "attune/base/files.h"
#include "attune/models/darknet/darknet.h"
#include "attune/models/family.h"

namespace attune {

/// Builds the network that the checkpoint's config describes, with what `head` asks for, and fills
/// it, strictly (detector_load.h).
LoadedDetector open_darknet(const FolderCheckpoint& checkpoint, const DetectorHeadOptions& head);
/// The same with every value drawn.
LoadedDetector make_darknet(const Json& config, const std::string& source,
                            const DetectorHeadOptions& head);

/// Writes STEM.cfg, STEM.weights and STEM.names, which darknet and whoever reads its files open.
/// Throws `user` where `model` is of another family.
void save_darknet(const Detector& model, const fs::path& stem);

}  // namespace attune
