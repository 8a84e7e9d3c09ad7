#include "attune/eval/report/sections/results/mistakes_section.h"

#include <fmt/format.h>

namespace attune {
namespace {

constexpr std::size_t kTextLength = 420;

std::string verdict(const char* what, const char* css_class, const std::string& name,
                    const std::optional<double>& probability) {
  return fmt::format("<div><span>{}</span><b class=\"{}\">{}</b><span>{}</span></div>", what,
                     css_class, html_short_text(name).code,
                     probability ? fmt::format("{:.3f}", *probability) : "");
}

Html texts_card(std::span<const ReportMistake> mistakes) {
  std::string code;
  for (const ReportMistake& mistake : mistakes) {
    // Texts run in their own direction, places (paths) always from left to right.
    code += fmt::format(
        "<div class=\"mistake\"><p dir=\"auto\">{} <small dir=\"ltr\">{}</small></p><div>{}{}</div>"
        "</div>\n",
        html_short_text(mistake.text, kTextLength).code, html_text(mistake.where).code,
        verdict("predicted", "wrong", mistake.prediction, mistake.prediction_probability),
        verdict("true", "", mistake.truth, mistake.truth_probability));
  }
  return html_card("Worst mistakes", {code}, "the furthest off first");
}

}  // namespace

std::optional<Section> mistakes_section(std::span<const ReportMistake> mistakes) {
  if (mistakes.empty()) return std::nullopt;
  return Section{"Mistakes", texts_card(mistakes), Place::mistakes};
}

}  // namespace attune
