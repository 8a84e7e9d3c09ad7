#pragma once

#include <string>

#include "attune/models/family.h"

namespace attune {

/// Builds the network that the checkpoint's config describes, with what `head` asks for, and fills
/// it, strictly (detector_load.h). What the checkpoint says of its licence is told.
LoadedDetector open_yolov8(const FolderCheckpoint& checkpoint, const DetectorHeadOptions& head);
/// The same with every value drawn.
LoadedDetector make_yolov8(const Json& config, const std::string& source,
                           const DetectorHeadOptions& head);

}  // namespace attune
