#pragma once

#include <cstdint>
#include <optional>

#include "attune/media/audio/files/file_end.h"

namespace attune {

/// What the frames of an MPEG audio file (ISO/IEC 11172-3, 13818-3) tell.
struct Mp3Frames {
  /// Whether a tag in the first frame (Xing, Info, VBRI) tells how long the file is.
  bool is_told = false;
  /// Of each channel, counted frame by frame where no tag tells, or one does of another number of
  /// bytes (files that were joined). None where the tag is right, or there are no frames with a bit
  /// rate.
  std::optional<std::int64_t> samples;
  /// Of the bytes that a tag promises where frames are missing too, else of the last frame. 0 for a
  /// file that was cut between two frames without a tag: nothing tells.
  std::int64_t missing_bytes = 0;
};

Mp3Frames count_mp3_frames(const ReadAt& read, std::int64_t size);

}  // namespace attune
