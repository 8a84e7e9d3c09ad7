#include "attune/eval/report/page/page.h"

#include <fmt/format.h>

namespace attune {
namespace {

// Nothing may be loaded or run, whatever a text in the page says.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'";

std::string summary_strip(const std::vector<ReportNumber>& numbers) {
  if (numbers.empty()) return "";
  std::string code = "<div class=\"strip\">\n";
  for (const ReportNumber& number : numbers) {
    code += fmt::format("<div><span>{}</span><b>{}</b><small>{}</small></div>\n",
                        html_text(number.name).code, html_text(number.value).code,
                        html_text(number.note).code);
  }
  return code + "</div>\n";
}

std::string contents(const std::vector<ReportSection>& sections) {
  std::string code = "<nav>";
  for (std::size_t i = 0; i < sections.size(); ++i) {
    code += fmt::format("<a href=\"#s{}\">{}</a>", i + 1, html_text(sections[i].title).code);
  }
  return code + "</nav>\n";
}

}  // namespace

std::string render_page(const Page& page) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n"
      "<style>\n{}{}</style>\n</head>\n<body>\n<header>\n<h1>{}</h1>\n<p>{}</p>\n</header>\n",
      kPolicy, html_text(page.title).code, page_style(), page.style, html_text(page.title).code,
      html_text(page.subtitle).code);
  html += summary_strip(page.summary) + contents(page.sections) + "<main>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    html += fmt::format("<section id=\"s{}\">\n<h2>{}</h2>\n{}</section>\n", i + 1,
                        html_text(page.sections[i].title).code, page.sections[i].html.code);
  }
  return html + fmt::format("</main>\n<footer>{}</footer>\n</body>\n</html>\n",
                            html_text(page.footer).code);
}

}  // namespace attune
