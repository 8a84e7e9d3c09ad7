#include "attune/eval/report/sections/results/picture_sections.h"

#include <algorithm>
#include <string>

namespace attune {
namespace {

Html images_card(std::span<const ImageTile> tiles) {
  const bool explained = std::ranges::any_of(
      tiles, [](const ImageTile& tile) { return tile.overlay_uri.has_value(); });
  return html_card("Worst mistakes", image_grid(tiles),
                   explained ? "the furthest off first; on the right what spoke for the prediction "
                               "(Grad-CAM)"
                             : "the furthest off first");
}

Section with_grid_style(std::string title, Html body, Place place) {
  return {std::move(title), std::move(body), place, std::string(image_grid_style())};
}

}  // namespace

std::optional<Section> picture_mistakes_section(std::span<const ImageTile> mistakes) {
  if (mistakes.empty()) return std::nullopt;
  return with_grid_style("Mistakes", images_card(mistakes), Place::mistakes);
}

std::optional<Section> augmented_section(std::span<const ImageTile> inputs) {
  if (inputs.empty()) return std::nullopt;
  return with_grid_style("Augmented inputs",
                         html_card("Augmented inputs", image_grid(inputs), "as training sees them"),
                         Place::data);
}

}  // namespace attune
