#include "attune/data/check/finding.h"

#include <algorithm>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"
#include "attune/config/field.h"

namespace attune {
namespace {

constexpr std::size_t kShownText = 100;

/// On one line, without what would steer a terminal.
std::string one_line(const std::string& text, std::size_t width) {
  std::string result = shorten_utf8(text, width);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return result;
}

std::string in_words(const ShownExample& example) {
  std::string text = one_line(example.source, kShownText);
  if (!example.label.empty()) text += " [" + one_line(example.label, 40) + "]";
  if (!example.text.empty()) text += " \"" + one_line(example.text, kShownText) + "\"";
  return text;
}

std::string in_words(const FoundExamples& found, const DataCheck& check) {
  std::string text = found.detail.empty() ? "" : found.detail + ": ";
  for (std::size_t i = 0; i < found.examples.size(); ++i) {
    text += (i > 0 ? "\n      = " : "") + in_words(check.show(found.examples[i]));
  }
  return text;
}

std::string finding_text(const Finding& finding, const DataCheck& check, std::size_t shown) {
  std::string text = "  " + finding.text + "\n";
  const std::size_t examples = std::min(shown, finding.examples.size());
  for (std::size_t i = 0; i < examples; ++i) {
    text += "    " + in_words(finding.examples[i], check) + "\n";
  }
  const std::size_t lines = std::min(shown, finding.lines.size());
  for (std::size_t i = 0; i < lines; ++i) {
    text += "    " + one_line(finding.lines[i], 2 * kShownText) + "\n";
  }
  const std::size_t more = finding.examples.size() - examples + finding.lines.size() - lines;
  if (more > 0)
    text += fmt::format("    ... and {} more\n", with_thousands(static_cast<long long>(more)));
  if (!finding.advice.empty()) text += "    -> " + finding.advice + "\n";
  return text;
}

Json example_json(const ShownExample& example) {
  Json json = {{"part", example.part}, {"source", example.source}};
  if (!example.label.empty()) json["label"] = example.label;
  if (!example.text.empty()) json["text"] = example.text;
  return json;
}

Json finding_json(const Finding& finding, const DataCheck& check) {
  Json json = {{"kind", finding.kind},
               {"severity", config::enum_name(finding.severity)},
               {"text", finding.text}};
  if (!finding.advice.empty()) json["advice"] = finding.advice;
  const std::size_t listed = std::min(finding.examples.size(), DataCheck::kMaxExamples);
  json["examples"] = Json::array();
  for (std::size_t i = 0; i < listed; ++i) {
    Json entry = {{"examples", Json::array()}};
    for (const ExampleId& id : finding.examples[i].examples) {
      entry["examples"].push_back(example_json(check.show(id)));
    }
    if (!finding.examples[i].detail.empty()) entry["detail"] = finding.examples[i].detail;
    json["examples"].push_back(std::move(entry));
  }
  json["examples_left_out"] = finding.examples.size() - listed;
  if (!finding.lines.empty()) json["lines"] = finding.lines;
  return json;
}

}  // namespace

bool DataCheck::stops_a_run() const {
  return count(Severity::problem) > 0;
}

std::int64_t DataCheck::count(Severity severity) const {
  return std::ranges::count(findings, severity, &Finding::severity);
}

std::string DataCheck::to_text(std::size_t shown) const {
  std::string text;
  for (const auto& [severity, title] :
       {std::pair{Severity::problem, "problems, which would stop a run"},
        {Severity::warning, "warnings"},
        {Severity::note, "notes"}}) {
    if (count(severity) == 0) continue;
    text += fmt::format("{}\n", title);
    for (const Finding& finding : findings) {
      if (finding.severity == severity) text += finding_text(finding, *this, shown);
    }
    text += "\n";
  }
  const auto plural = [&](Severity severity) {
    const std::int64_t n = count(severity);
    return fmt::format("{} {}{}", n, config::enum_name(severity), n == 1 ? "" : "s");
  };
  return text + fmt::format("{}: {}, {}\n",
                            stops_a_run() ? "a run would stop" : "a run would go through",
                            plural(Severity::problem), plural(Severity::warning));
}

std::string DataCheck::to_summary() const {
  constexpr std::size_t kShown = 12;
  std::string text = statistics.to_text();
  if (findings.empty()) return text;
  text += "\nfound in the data (attune check, with the same options, shows where)\n";
  std::size_t shown = 0;
  for (const Severity severity : {Severity::problem, Severity::warning, Severity::note}) {
    for (const Finding& finding : findings) {
      if (finding.severity != severity || shown == kShown) continue;
      text += fmt::format("  {:<8}{}\n", config::enum_name(severity), one_line(finding.text, 200));
      ++shown;
    }
  }
  if (findings.size() > shown) text += fmt::format("  ... and {} more\n", findings.size() - shown);
  return text;
}

Json DataCheck::to_json() const {
  Json json = {{"unit", unit}, {"stops_a_run", stops_a_run()}, {"findings", Json::array()}};
  for (const Finding& finding : findings) json["findings"].push_back(finding_json(finding, *this));
  json["statistics"] = statistics.to_json();
  return json;
}

void add_bad_rows(const std::vector<BadRow>& rows, OnBadRow policy, DataCheck& check) {
  if (rows.empty()) return;
  const bool stops = policy == OnBadRow::error;
  Finding finding{
      .severity = stops ? Severity::problem : Severity::warning,
      .kind = "cannot_be_used",
      .text = fmt::format("{} of the {} cannot be used",
                          with_thousands(static_cast<long long>(rows.size())), check.unit),
      .advice = stops ? "mend them, or leave them out with --on-bad-row skip" : ""};
  for (const BadRow& row : rows) finding.lines.push_back(row.text());
  check.add(std::move(finding));
}

}  // namespace attune
