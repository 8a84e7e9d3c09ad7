#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/eval/report/page/section.h"

namespace attune {

/// A number of the strip at the top of a report.
struct ReportNumber {
  std::string name, value, note;
};

/// What a run has to tell, as its task composes it. No part is required but the title.
struct Report {
  std::string title, subtitle;
  std::vector<ReportNumber> headline;
  /// Shown by place; those of one place in the order in which they were added.
  std::vector<Section> sections;

  /// Nothing where there is none.
  void add(std::optional<Section> section);
};

/// One self-contained HTML file: style sheet and drawings inside, no scripts, nothing loaded from
/// anywhere. Follows the reader's light or dark colour scheme, narrow screens and paper. All text
/// is escaped; only what sections hold is taken as HTML.
std::string render_page(const Report& report, std::string_view footer);

}  // namespace attune
