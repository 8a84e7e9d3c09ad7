#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/eval/report/page/html.h"

namespace attune {

/// A picture in a report. Both pictures are `image_data_uri`s: they travel inside the page.
struct ImageTile {
  std::string data_uri;
  std::vector<std::string> caption;  ///< lines; the first is emphasised; empty ones are left out
  std::optional<std::string> overlay_uri;  ///< stands beside it
  std::string overlay_name = "Grad-CAM";   ///< what that is, for who cannot see it
};

/// `data:image/png;base64,...` of the bytes of a PNG or JPEG file. Throws `internal` for others.
std::string image_data_uri(std::string_view encoded);

/// Pictures with their captions, as many in a row as fit. Throws `internal` where a URI is none of
/// a picture inside the page (anything else would be loaded from somewhere, or break out of it).
Html image_grid(std::span<const ImageTile> tiles);

/// The style of grids; a page that has none goes without it.
std::string_view image_grid_style();

}  // namespace attune
