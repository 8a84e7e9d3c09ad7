#pragma once

#include "attune/base/files.h"
#include "attune/eval/report/sections/report_data.h"

namespace attune {

/// The report of a run as one self-contained HTML file (see `render_page`). Everything in `data`
/// that is text is escaped; only `data.sections` is taken as HTML.
std::string render_report(const ReportData& data);

/// Writes it in one piece. Throws `io`.
void write_report(const fs::path& path, const ReportData& data);

}  // namespace attune
