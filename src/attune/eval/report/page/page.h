#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/eval/report/page/html.h"

namespace attune {

/// A titled part of a report. Tasks add their own pictures and tables as further sections.
struct ReportSection {
  std::string title;
  Html html;
};

/// A number of the strip at the top of a report.
struct ReportNumber {
  std::string name, value, note;
};

struct Page {
  std::string title, subtitle;
  std::string footer;
  std::vector<ReportNumber> summary;
  std::vector<ReportSection> sections;
  std::string style;  ///< rules that only this page needs
};

/// One self-contained HTML file: style sheet and drawings inside, no scripts, nothing loaded from
/// anywhere. Follows the reader's light or dark colour scheme, narrow screens and paper.
std::string render_page(const Page& page);

/// The style sheet of all pages.
std::string_view page_style();

}  // namespace attune
