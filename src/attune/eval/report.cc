#include "attune/eval/report.h"

#include <fmt/format.h>

#include "attune/base/system.h"
#include "attune/eval/report/sections/sections.h"

namespace attune {

std::string render_report(const ReportData& data) {
  Page page{data.title, data.subtitle, {}, summary_numbers(data), {}, {}};
  page.footer = fmt::format("Written by attune {} on {}.", ATTUNE_VERSION, utc_now());
  const auto add = [&](const char* title, Html html) {
    if (!html.code.empty()) page.sections.push_back({title, std::move(html)});
  };
  add("Results", results_html(data));
  add("Decisions", decisions_html(data));
  add("Mistakes", mistakes_html(data));
  page.sections.insert(page.sections.end(), data.sections.begin(), data.sections.end());
  add("Training", training_html(data));
  add("Augmented inputs", augmented_html(data));
  add("Data", data_html(data.data));
  add("Settings", settings_html(data.settings));
  add("Model and machine", environment_html(data));
  if (!data.mistake_images.empty() || !data.augmented_images.empty()) {
    page.style = image_grid_style();
  }
  return render_page(page);
}

void write_report(const fs::path& path, const ReportData& data) {
  write_file_atomically(path, render_report(data));
}

}  // namespace attune
