#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// What is said in a stretch of a recording.
struct AnnotatedPiece {
  double begin = 0, end = 0;  ///< seconds
  std::string text;           ///< UTF-8, as it stands there; may be empty: a pause
  std::string speaker;        ///< "": the annotation does not say
  std::int64_t line = 0;      ///< of its file
  std::string problem;        ///< why it cannot be used (no time), or ""
};

/// Pieces that do not overlap, most often those of one speaker.
struct AnnotationTier {
  std::string name;
  std::vector<AnnotatedPiece> pieces;
};

/// A recording's annotation.
struct Annotation {
  std::vector<AnnotationTier> tiers;
  /// Files that it says it is of, best first, relative to it or absolute; may be empty.
  std::vector<std::string> media;
};

/// Reads .TextGrid, .eaf, .srt and .vtt. `encoding` is of the text where no byte order mark tells
/// it; EAF has its own. Throws `data` with the line of what cannot be read, `user` for other
/// endings.
Annotation read_annotation(const fs::path& path, const std::string& encoding);

}  // namespace attune
