#pragma once

#include "attune/base/files.h"
#include "attune/eval/report/page/page.h"

namespace attune {

/// The report of a run as one self-contained HTML file (see `render_page`), signed with version and
/// date.
std::string render_report(const Report& report);

/// Writes it in one piece. Throws `io`.
void write_report(const fs::path& path, const Report& report);

}  // namespace attune
