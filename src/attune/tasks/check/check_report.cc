#include "attune/tasks/check/check_report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/files.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/config/field.h"
#include "attune/eval/report.h"

namespace attune {
namespace {

constexpr std::size_t kRowsOnPage = 100;  // of a finding: a page of all is for no reader
constexpr std::size_t kTilesOnPage = 48;
constexpr std::size_t kTextOnPage = 400;

Html text_table(const DataCheck& check, const Finding& finding) {
  HtmlTable table{{{"where"}, {"label"}, {"text"}, {""}}, {}};
  const std::size_t rows = std::min(kRowsOnPage, finding.examples.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const FoundExamples& found = finding.examples[i];
    for (std::size_t k = 0; k < found.examples.size(); ++k) {
      const ShownExample shown = check.show(found.examples[k]);
      table.rows.push_back({html_short_text((k > 0 ? "= " : "") + shown.source),
                            html_short_text(shown.label), html_short_text(shown.text, kTextOnPage),
                            html_short_text(k == 0 ? found.detail : "")});
    }
  }
  return html_table(table);
}

Html tile_grid(const DataCheck& check, const Finding& finding, const ExampleTile& tile) {
  std::vector<ImageTile> tiles;
  for (const FoundExamples& found : finding.examples) {
    for (const ExampleId& id : found.examples) {
      if (tiles.size() >= kTilesOnPage) break;
      const ShownExample shown = check.show(id);
      std::optional<ImageTile> picture = tile(id);
      if (!picture) continue;
      picture->caption = {shown.label, shown.source, found.detail};
      tiles.push_back(*std::move(picture));
    }
  }
  return tiles.empty() ? text_table(check, finding) : image_grid(tiles);
}

Html finding_card(const DataCheck& check, const Finding& finding, const ExampleTile& tile) {
  Html body;
  if (!finding.advice.empty()) body += Html{"<p>" + html_text(finding.advice).code + "</p>"};
  if (!finding.examples.empty()) {
    body += tile ? tile_grid(check, finding, tile) : text_table(check, finding);
  }
  if (!finding.lines.empty()) {
    HtmlTable table{{{""}}, {}};
    const std::size_t rows = std::min(kRowsOnPage, finding.lines.size());
    for (std::size_t i = 0; i < rows; ++i) {
      table.rows.push_back({html_short_text(finding.lines[i], kTextOnPage)});
    }
    body += html_table(table);
  }
  return html_card(finding.text, body, config::enum_name(finding.severity));
}

Section findings_section(const DataCheck& check, Severity severity, const ExampleTile& tile) {
  Section section{.title = severity == Severity::problem   ? "Problems, which would stop a run"
                           : severity == Severity::warning ? "Warnings"
                                                           : "Notes",
                  .body = {},
                  .place = Place::results,
                  .style = std::string(tile ? image_grid_style() : "")};
  for (const Finding& finding : check.findings) {
    if (finding.severity == severity) section.body += finding_card(check, finding, tile);
  }
  return section;
}

std::string tables_of(const DatasetStatistics& statistics) {
  const std::string bars = statistics.histograms_text();
  return statistics.to_text() + (bars.empty() ? "" : "\n" + bars);
}

Section statistics_section(const DatasetStatistics& statistics) {
  return {.title = "Data",
          .body = {"<pre>" + html_text(tables_of(statistics)).code + "</pre>"},
          .place = Place::data};
}

}  // namespace

std::string render_check(const DataCheck& check, const std::string& data, const ExampleTile& tile) {
  Report report{.title = "Check of " + data,
                .subtitle = check.stops_a_run() ? "a run on these data would stop"
                                                : "a run on these data would go through"};
  std::int64_t examples = 0;
  for (const SplitStatistics& split : check.statistics.splits) examples += split.examples;
  report.headline = {{check.unit, with_thousands(examples), ""}};
  for (const Severity severity : {Severity::problem, Severity::warning, Severity::note}) {
    const std::int64_t count = check.count(severity);
    report.headline.push_back({config::enum_name(severity) + "s", fmt::format("{}", count), ""});
    if (count > 0) report.add(findings_section(check, severity, tile));
  }
  if (!check.statistics.splits.empty()) report.add(statistics_section(check.statistics));
  return render_report(report);
}

bool report_check(const DataCheck& check, const std::string& data, const CheckOptions& options,
                  const ExampleTile& tile) {
  if (!check.statistics.splits.empty()) fmt::print("{}\n", tables_of(check.statistics));
  fmt::print("{}", check.to_text(static_cast<std::size_t>(options.max_shown)));
  if (!options.output_file.empty()) {
    write_file_atomically(options.output_file, dump_json(check.to_json()));
  }
  if (!options.report_file.empty()) {
    write_file_atomically(options.report_file, render_check(check, data, tile));
    log_info("report: {}", options.report_file);
  }
  return check.stops_a_run();
}

DataCheck failed_check(const std::string& unit, const std::string& error) {
  DataCheck check{.unit = unit};
  check.add({.severity = Severity::problem, .kind = "cannot_be_read", .text = error});
  return check;
}

}  // namespace attune
