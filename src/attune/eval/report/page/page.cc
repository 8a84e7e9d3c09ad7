#include "attune/eval/report/page/page.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "attune/eval/report/page/page_style.h"

namespace attune {
namespace {

// Nothing may be loaded or run, whatever a text in the page says.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'";

std::string headline_strip(const std::vector<ReportNumber>& numbers) {
  if (numbers.empty()) return "";
  std::string code = "<div class=\"strip\">\n";
  for (const ReportNumber& number : numbers) {
    code += fmt::format("<div><span>{}</span><b>{}</b><small>{}</small></div>\n",
                        html_text(number.name).code, html_text(number.value).code,
                        html_text(number.note).code);
  }
  return code + "</div>\n";
}

std::string contents(const std::vector<const Section*>& sections) {
  std::string code = "<nav>";
  for (std::size_t i = 0; i < sections.size(); ++i) {
    code += fmt::format("<a href=\"#s{}\">{}</a>", i + 1, html_text(sections[i]->title).code);
  }
  return code + "</nav>\n";
}

std::vector<const Section*> by_place(const std::vector<Section>& sections) {
  std::vector<const Section*> result;
  for (const Section& section : sections) result.push_back(&section);
  // Stable: within a place the order is that of the task.
  std::ranges::stable_sort(result, {}, &Section::place);
  return result;
}

/// The rules of all sections, each once.
std::string styles(const std::vector<const Section*>& sections) {
  std::string code;
  std::set<std::string_view> seen;
  for (const Section* section : sections) {
    // Sections of one kind bring the same rules.
    if (seen.insert(section->style).second) code += section->style;
  }
  return code;
}

}  // namespace

void Report::add(std::optional<Section> section) {
  if (section) sections.push_back(std::move(*section));
}

std::string render_page(const Report& report, std::string_view footer) {
  const std::vector<const Section*> sections = by_place(report.sections);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n"
      "<style>\n{}{}</style>\n</head>\n<body>\n<header>\n<h1>{}</h1>\n<p>{}</p>\n</header>\n",
      kPolicy, html_text(report.title).code, page_style(), styles(sections),
      html_text(report.title).code, html_text(report.subtitle).code);
  // Sections are numbered rather than named in links: a title is any text.
  html += headline_strip(report.headline) + contents(sections) + "<main>\n";
  for (std::size_t i = 0; i < sections.size(); ++i) {
    html += fmt::format("<section id=\"s{}\">\n<h2>{}</h2>\n{}</section>\n", i + 1,
                        html_text(sections[i]->title).code, sections[i]->body.code);
  }
  return html +
         fmt::format("</main>\n<footer>{}</footer>\n</body>\n</html>\n", html_text(footer).code);
}

}  // namespace attune
