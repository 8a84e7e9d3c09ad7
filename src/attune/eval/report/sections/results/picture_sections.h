#pragma once

#include <optional>
#include <span>

#include "attune/eval/report/charts/image_grid.h"
#include "attune/eval/report/page/section.h"

namespace attune {

/// "Mistakes": pictures, the worst first, each beside its explanation where it has one; none
/// without mistakes.
std::optional<Section> picture_mistakes_section(std::span<const ImageTile> mistakes);

/// "Augmented inputs": pictures as training sees them; none without pictures.
std::optional<Section> augmented_section(std::span<const ImageTile> inputs);

}  // namespace attune
