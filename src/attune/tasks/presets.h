#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attune/config/document.h"

namespace attune {

/// A settings file that is part of the program: presets/TASK/NAME.yaml of the sources.
struct Preset {
  std::string_view task, name, text;
};

const std::vector<Preset>& presets();

/// What the preset is for: the comment that its file begins with, as one line.
std::string about(const Preset& preset);

/// Reads the preset "NAME" or "TASK/NAME". Throws `user`, with the nearest name, where there is
/// none.
config::Document find_preset(const std::string& name);

}  // namespace attune
