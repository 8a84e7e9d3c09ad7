#include "attune/eval/report/charts/image_grid.h"

#include <algorithm>

#include <fmt/format.h>

#include "attune/base/coding/base64.h"
#include "attune/base/error.h"

namespace attune {
namespace {

constexpr std::string_view kPng = "data:image/png;base64,";
constexpr std::string_view kJpeg = "data:image/jpeg;base64,";
constexpr std::size_t kLineLength = 80;

bool is_picture(std::string_view uri) {
  // The alphabet of base64 has no quote and no colon: what passes can neither end the attribute nor
  // name a place to load from.
  const bool png = uri.starts_with(kPng);
  if (!png && !uri.starts_with(kJpeg)) return false;
  uri.remove_prefix(png ? kPng.size() : kJpeg.size());
  return !uri.empty() && std::ranges::all_of(uri, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  });
}

std::string image(std::string_view uri, std::string_view alternative) {
  check(is_picture(uri), ErrorKind::internal,
        "a picture of a report starts with \"{}\", expected \"{}\" or \"{}\" and base64",
        uri.substr(0, 40), kPng, kJpeg);
  return fmt::format("<img alt=\"{}\" src=\"{}\" loading=\"lazy\"/>", html_text(alternative).code,
                     uri);
}

std::string tile_code(const ImageTile& tile) {
  const std::string first = tile.caption.empty() ? "" : tile.caption.front();
  std::string code = "<figure class=\"tile\"><div>" + image(tile.data_uri, first);
  if (tile.overlay_uri) code += image(*tile.overlay_uri, tile.overlay_name + " of " + first);
  code += "</div><figcaption dir=\"auto\">";
  // What a picture is called stands out; where it is from is small.
  for (std::size_t i = 0; i < tile.caption.size(); ++i) {
    if (tile.caption[i].empty()) continue;
    const char* tag = i == 0 ? "b" : "span";
    code += fmt::format("<{0}>{1}</{0}>", tag, html_short_text(tile.caption[i], kLineLength).code);
  }
  return code + "</figcaption></figure>\n";
}

}  // namespace

std::string image_data_uri(std::string_view encoded) {
  // By its first bytes: names of files and their endings may lie.
  const bool png = encoded.starts_with("\x89PNG\r\n\x1a\n");
  check(png || encoded.starts_with("\xff\xd8\xff"), ErrorKind::internal,
        "a picture of a report is neither PNG nor JPEG ({} bytes)", encoded.size());
  return std::string(png ? kPng : kJpeg) + base64_encode(encoded);
}

Html image_grid(std::span<const ImageTile> tiles) {
  const bool pairs = std::ranges::any_of(
      tiles, [](const ImageTile& tile) { return tile.overlay_uri.has_value(); });
  std::string code = fmt::format("<div class=\"tiles{}\">\n", pairs ? " pairs" : "");
  for (const ImageTile& tile : tiles) code += tile_code(tile);
  return {code + "</div>"};
}

std::string_view image_grid_style() {
  return R"css(.tiles { display: grid; gap: 14px; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); }
.tiles.pairs { grid-template-columns: repeat(auto-fill, minmax(min(100%, 256px), 1fr)); }
.tile { margin: 0; min-width: 0; break-inside: avoid; }
.tile div { display: flex; gap: 4px; border-radius: 4px; overflow: hidden; }
.tile img { display: block; flex: 1 1 0; min-width: 0; width: 100%; height: auto; max-height: 340px;
  object-fit: contain; background: var(--grid); }
.tile figcaption { margin-top: 6px; font-size: 12px; line-height: 1.4; color: var(--soft);
  overflow-wrap: anywhere; }
.tile b, .tile span { display: block; }
.tile b { color: var(--ink); font-weight: 600; }
)css";
}

}  // namespace attune
