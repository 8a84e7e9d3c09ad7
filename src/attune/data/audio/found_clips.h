#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/data/audio/audio_dataset.h"

namespace attune {

/// A clip that a table, an annotation or a folder names; its transcript is as it stands there.
struct FoundClip {
  AudioExample example;
  std::string problem;     ///< why it cannot be used, or ""
  std::int64_t lines = 1;  ///< of the table that it spans
};

/// What was found, before any recording is opened.
struct FoundClips {
  std::vector<FoundClip> clips;
  std::vector<std::string> files;  ///< `AudioExample::file` points here
  std::string group_note;          ///< see AudioDataset

  /// Appends those of another place.
  void add(FoundClips more);
};

}  // namespace attune
