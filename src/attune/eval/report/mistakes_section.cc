#include <fmt/format.h>

#include "attune/eval/report/sections.h"

namespace attune {
namespace {

constexpr std::size_t kTextLength = 420;
constexpr std::size_t kNameLength = 48;

std::string verdict(const char* what, const char* css_class, const std::string& name,
                    const std::optional<double>& probability) {
  return fmt::format("<div><span>{}</span><b class=\"{}\">{}</b><span>{}</span></div>", what,
                     css_class, html_short_text(name, kNameLength).code,
                     probability ? fmt::format("{:.3f}", *probability) : "");
}

}  // namespace

Html mistakes_html(const ReportData& data) {
  if (data.mistakes.empty()) return {};
  std::string code;
  for (const ReportMistake& mistake : data.mistakes) {
    code += fmt::format(
        "<div class=\"mistake\"><p dir=\"auto\">{} <small dir=\"ltr\">{}</small></p><div>{}{}</div>"
        "</div>\n",
        html_short_text(mistake.text, kTextLength).code, html_text(mistake.where).code,
        verdict("predicted", "wrong", mistake.prediction, mistake.prediction_probability),
        verdict("true", "", mistake.truth, mistake.truth_probability));
  }
  return html_card("Worst mistakes", {code}, "the furthest off first");
}

}  // namespace attune
