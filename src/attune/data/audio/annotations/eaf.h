#pragma once

#include <string>
#include <string_view>

#include "attune/data/audio/annotations/annotation.h"

namespace attune {

/// An annotation document of ELAN (https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0.pdf).
/// Annotations that refer to others have the times of these; a tier's participant is its speaker.
/// Throws `data`, "NAME:LINE: ...".
Annotation parse_eaf(std::string_view bytes, const std::string& name);

}  // namespace attune
