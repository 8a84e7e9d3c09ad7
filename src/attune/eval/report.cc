#include "attune/eval/report.h"

#include <fmt/format.h>

#include "attune/base/system.h"

namespace attune {

std::string render_report(const Report& report) {
  return render_page(report, fmt::format("Written by attune {} on {}.", ATTUNE_VERSION, utc_now()));
}

void write_report(const fs::path& path, const Report& report) {
  write_file_atomically(path, render_report(report));
}

}  // namespace attune
