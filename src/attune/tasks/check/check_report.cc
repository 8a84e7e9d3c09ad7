#include "attune/tasks/check/check_report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/files.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"
#include "attune/config/field.h"
#include "attune/eval/report.h"

namespace attune {
namespace {

constexpr std::size_t kRowsOnPage = 40;  // of a finding: a page of all is for no reader
constexpr std::size_t kLinesOnPage = 20;
constexpr std::size_t kTilesOnPage = 48;
constexpr std::size_t kTextOnPage = 400;

/// How the page shows what was found in `data`.
struct Page {
  const DataCheck& check;
  const std::string& data;
  const ExampleTile& tile;

  /// Where an example is from; without the folder that all are from.
  std::string source_of(const ShownExample& shown) const {
    const std::string folder = data + "/";
    return shown.source.starts_with(folder) ? shown.source.substr(folder.size()) : shown.source;
  }
};

Html left_out(std::size_t count) {
  if (count == 0) return {};
  return {fmt::format("<p>... and {} more (--output-file lists them)</p>",
                      with_thousands(static_cast<long long>(count)))};
}

Html text_table(const Page& page, const Finding& finding) {
  HtmlTable table{{{"where"}, {"label"}, {"text"}, {""}}, {}};
  const std::size_t rows = std::min(kRowsOnPage, finding.examples.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const FoundExamples& found = finding.examples[i];
    for (std::size_t k = 0; k < found.examples.size(); ++k) {
      const ShownExample shown = page.check.show(found.examples[k]);
      table.rows.push_back({html_short_text((k > 0 ? "=\u00a0" : "") + page.source_of(shown)),
                            html_short_text(shown.label), html_short_text(shown.text, kTextOnPage),
                            html_short_text(k == 0 ? found.detail : "")});
    }
  }
  Html body = html_table(table);
  return body += left_out(finding.examples.size() - rows);
}

/// A picture, or a pair side by side; none where a picture can no longer be read.
std::optional<ImageTile> tile_of(const Page& page, const FoundExamples& found) {
  const ShownExample first = page.check.show(found.examples.front());
  std::optional<ImageTile> tile = page.tile(found.examples.front());
  if (!tile) return {};
  tile->caption = {first.label, page.source_of(first)};
  for (std::size_t k = 1; k < found.examples.size(); ++k) {
    const std::optional<ImageTile> other = page.tile(found.examples[k]);
    if (!other) return {};
    const ShownExample shown = page.check.show(found.examples[k]);
    tile->overlay_uri = other->data_uri;
    tile->overlay_name = "what is like the picture";
    if (shown.label != first.label) tile->caption.front() += " | " + shown.label;
    tile->caption.push_back("= " + page.source_of(shown));
  }
  tile->caption.push_back(found.detail);
  return tile;
}

Html tile_grid(const Page& page, const Finding& finding) {
  std::vector<ImageTile> tiles;
  const std::size_t shown = std::min(kTilesOnPage, finding.examples.size());
  for (std::size_t i = 0; i < shown; ++i) {
    check_stop();
    std::optional<ImageTile> tile = tile_of(page, finding.examples[i]);
    if (tile) tiles.push_back(*std::move(tile));
  }
  if (tiles.empty()) return text_table(page, finding);
  Html body = image_grid(tiles);
  return body += left_out(finding.examples.size() - shown);
}

Html finding_card(const Page& page, const Finding& finding) {
  Html body;
  if (!finding.advice.empty()) body += Html{"<p>" + html_text(finding.advice).code + "</p>"};
  if (!finding.examples.empty()) {
    body += page.tile ? tile_grid(page, finding) : text_table(page, finding);
  }
  if (!finding.lines.empty()) {
    HtmlTable table{{{""}}, {}};
    const std::size_t rows = std::min(kLinesOnPage, finding.lines.size());
    for (std::size_t i = 0; i < rows; ++i) {
      table.rows.push_back({html_short_text(finding.lines[i], kTextOnPage)});
    }
    body += html_table(table);
    body += left_out(finding.lines.size() - rows);
  }
  return html_card(finding.text, body, config::enum_name(finding.severity));
}

Section findings_section(const Page& page, Severity severity) {
  Section section{.title = severity == Severity::problem   ? "Problems, which would stop a run"
                           : severity == Severity::warning ? "Warnings"
                                                           : "Notes",
                  .body = {},
                  .place = Place::results,
                  .style = std::string(page.tile ? image_grid_style() : "")};
  for (const Finding& finding : page.check.findings) {
    if (finding.severity == severity) section.body += finding_card(page, finding);
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
    if (count > 0) report.add(findings_section({check, data, tile}, severity));
  }
  if (!check.statistics.splits.empty()) report.add(statistics_section(check.statistics));
  return render_report(report);
}

bool report_check(const DataCheck& check, const std::string& data, const CheckOptions& options,
                  const ExampleTile& tile) {
  if (options.output_file != kStandardOutput && options.report_file != kStandardOutput) {
    if (!check.statistics.splits.empty()) fmt::print("{}\n", tables_of(check.statistics));
    fmt::print("{}", check.to_text(static_cast<std::size_t>(options.max_shown)));
  }
  if (!options.output_file.empty()) {
    write_file_atomically(options.output_file, dump_json(check.to_json()));
  }
  if (!options.report_file.empty()) {
    write_file_atomically(options.report_file, render_check(check, data, tile));
    log_info("report: {}", options.report_file);
  }
  return check.stops_a_run();
}

DataCheck failed_check(const std::string& unit, const Error& error, OnBadRow policy) {
  DataCheck check{.unit = unit};
  const auto* beside = dynamic_cast<const ErrorBesideBadRows*>(&error);
  if (beside != nullptr) add_bad_rows(beside->rows(), policy, check);
  check.add({.severity = Severity::problem,
             .kind = "cannot_be_read",
             .text = beside != nullptr ? beside->reason() : error.what()});
  return check;
}

}  // namespace attune
