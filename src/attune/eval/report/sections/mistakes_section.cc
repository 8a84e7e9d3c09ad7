#include <algorithm>

#include <fmt/format.h>

#include "attune/eval/report/sections/sections.h"

namespace attune {
namespace {

constexpr std::size_t kTextLength = 420;

std::string verdict(const char* what, const char* css_class, const std::string& name,
                    const std::optional<double>& probability) {
  return fmt::format("<div><span>{}</span><b class=\"{}\">{}</b><span>{}</span></div>", what,
                     css_class, html_short_text(name).code,
                     probability ? fmt::format("{:.3f}", *probability) : "");
}

Html texts_card(const std::vector<ReportMistake>& mistakes) {
  std::string code;
  for (const ReportMistake& mistake : mistakes) {
    code += fmt::format(
        "<div class=\"mistake\"><p dir=\"auto\">{} <small dir=\"ltr\">{}</small></p><div>{}{}</div>"
        "</div>\n",
        html_short_text(mistake.text, kTextLength).code, html_text(mistake.where).code,
        verdict("predicted", "wrong", mistake.prediction, mistake.prediction_probability),
        verdict("true", "", mistake.truth, mistake.truth_probability));
  }
  return html_card("Worst mistakes", {code}, "the furthest off first");
}

Html images_card(const std::vector<ImageTile>& tiles) {
  const bool explained = std::ranges::any_of(
      tiles, [](const ImageTile& tile) { return tile.overlay_uri.has_value(); });
  return html_card("Worst mistakes", image_grid(tiles),
                   explained ? "the furthest off first; on the right what spoke for the prediction "
                               "(Grad-CAM)"
                             : "the furthest off first");
}

}  // namespace

Html mistakes_html(const ReportData& data) {
  Html html;
  if (!data.mistakes.empty()) html += texts_card(data.mistakes);
  if (!data.mistake_images.empty()) html += images_card(data.mistake_images);
  return html;
}

Html augmented_html(const ReportData& data) {
  if (data.augmented_images.empty()) return {};
  return html_card("Augmented inputs", image_grid(data.augmented_images), "as training sees them");
}

}  // namespace attune
