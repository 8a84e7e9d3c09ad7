#pragma once

#include <string>
#include <string_view>

#include "attune/data/audio/annotations/annotation.h"

namespace attune {

/// A TextGrid of Praat in UTF-8, in its long or short form: as Praat does it, texts in quotes,
/// flags and numbers that stand alone are read, and all else is comment
/// (https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html). Point tiers, whose marks
/// have no length, are left out. Throws `data`, "NAME:LINE: ...".
Annotation parse_textgrid(std::string_view text, const std::string& name);

}  // namespace attune
