#pragma once

#include <string>
#include <vector>

#include "attune/data/audio/audio_options.h"
#include "attune/data/audio/found_clips.h"

namespace attune {

struct AnnotationOptions {
  std::vector<std::string> tiers;  ///< empty: the only one that is not empty
  EncodingOption encoding;
  std::string recording;  ///< "": as the annotation says, or of the same name beside it
  fs::path root;          ///< what the recordings of EAF are looked for in; "": the file's folder
};

/// The pieces of a recording that an annotation has a transcript of; those without one are pauses.
/// A piece has a `problem` where it has no time, or ends before it begins. Throws `data` as
/// `read_annotation`, where no recording is found and where no piece has a transcript; `user` where
/// tiers are not there, or several could be meant.
FoundClips read_annotated_recording(const fs::path& annotation, const AnnotationOptions& options);

}  // namespace attune
