#pragma once

#include <string>

#include "attune/models/family.h"

namespace attune {

/// Builds the YOLOX that the checkpoint's config describes, with what `head` asks for, and fills
/// it, strictly (detector_load.h).
LoadedDetector open_yolox(const FolderCheckpoint& checkpoint, const DetectorHeadOptions& head);
/// The same with every value drawn.
LoadedDetector make_yolox(const Json& config, const std::string& source,
                          const DetectorHeadOptions& head);

}  // namespace attune
