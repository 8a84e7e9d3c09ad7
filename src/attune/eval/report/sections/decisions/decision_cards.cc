#include "attune/eval/report/sections/decisions/decision_cards.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/eval/report/charts/calibration_plot.h"

namespace attune {
namespace {

constexpr std::size_t kMaxGroups = 40;
constexpr const char* kDash = "–";

std::string rate_text(double rate) {
  return std::isfinite(rate) ? fmt::format("{:.3f}", rate) : kDash;
}

Html count_html(std::int64_t count) {
  return html_text(with_thousands(count));
}

std::string threshold_text(const DecisionResults& results) {
  if (!results.operating_point) return "The most probable class is called:";
  const OperatingPoint& point = *results.operating_point;
  const std::string text = fmt::format("A sample is called {} from a probability of {:.4g} on",
                                       results.class_name, point.threshold);
  if (point.rule.kind == ThresholdRule::Kind::fixed) return text + " (a fixed threshold):";
  return text +
         fmt::format(" ({}, chosen on {} positive and {} negative samples):", to_string(point.rule),
                     with_thousands(point.positives), with_thousands(point.negatives));
}

std::string how_intervals_came(const DecisionResults& results) {
  const std::string bootstrap =
      fmt::format("percentile bootstrap of {} resamples", with_thousands(results.resamples));
  if (results.clustered) {
    return fmt::format("Intervals hold 95 %: {}, groups of samples drawn together.", bootstrap);
  }
  return fmt::format(
      "Intervals hold 95 %: AUROC and average precision by {} within each class, "
      "the others by Wilson's score.",
      bootstrap);
}

Html two_by_two(const DecisionResults& results) {
  const BinaryCounts& counts = results.counts;
  const auto row = [](const char* name, std::int64_t called, std::int64_t not_called) {
    return std::vector<Html>{html_text(name), count_html(called), count_html(not_called)};
  };
  return html_table({{{""}, {"called " + results.class_name, true}, {"not called", true}},
                     {row("positive", counts.true_positives, counts.false_negatives),
                      row("negative", counts.false_positives, counts.true_negatives)}});
}

/// `0.912 (0.871 to 0.944)`; a dash where it is undefined.
Html estimate_html(const Estimate& estimate) {
  if (!std::isfinite(estimate.value)) return html_text(kDash);
  std::string code = rate_text(estimate.value);
  if (std::isfinite(estimate.low)) {
    code +=
        fmt::format(" <span class=\"note\">({:.3f} to {:.3f})</span>", estimate.low, estimate.high);
  }
  return {code};
}

}  // namespace

Html decision_card(const DecisionResults& results) {
  const BinaryCounts& counts = results.counts;
  HtmlTable table{{{"rate"}, {"value and 95 % interval", true}}, {}};
  const auto add = [&](const std::string& name, const Estimate& estimate) {
    table.rows.push_back({html_text(name), estimate_html(estimate)});
  };
  const auto plain = [](double value) {
    Estimate estimate;
    estimate.value = value;
    return estimate;
  };
  add("AUROC", results.auroc);
  add("Average precision", results.average_precision);
  add("Accuracy", results.accuracy);
  add("Sensitivity", results.sensitivity);
  add("Specificity", results.specificity);
  add("PPV (precision)", results.ppv);
  add("NPV", results.npv);
  add("Balanced accuracy", plain(counts.balanced_accuracy()));
  add("Youden's J", plain(counts.youden()));
  add(fmt::format("Sensitivity at {:.4g} % specificity", 100 * results.chosen_specificity),
      plain(results.sensitivity_at_specificity));
  Html html = html_table(table);
  html += {"<p class=\"under\">" + html_text(threshold_text(results)).code + "</p>"};
  html += two_by_two(results);
  // Predictive values depend on how common the class is, and a test set is seldom as the clinic.
  const double share =
      static_cast<double>(counts.positives()) / static_cast<double>(counts.total());
  html +=
      {fmt::format("<p class=\"under\">{} PPV and NPV hold where, as here, {} of the samples are "
                   "positive.</p>",
                   html_text(how_intervals_came(results)).code, percent_text(share))};
  return html_card("Decisions for " + results.class_name, html);
}

Html decision_table_card(std::span<const DecisionResults> decisions) {
  HtmlTable table{{{"class"},
                   {"positive", true},
                   {"AUROC", true},
                   {"sensitivity", true},
                   {"specificity", true},
                   {"PPV", true},
                   {"NPV", true}},
                  {}};
  const bool thresholds = std::ranges::any_of(
      decisions, [](const DecisionResults& r) { return r.operating_point.has_value(); });
  if (thresholds) table.columns.push_back({"threshold", true});
  for (const DecisionResults& results : decisions) {
    auto& row = table.rows.emplace_back();
    row = {html_short_text(results.class_name), count_html(results.counts.positives()),
           estimate_html(results.auroc),        estimate_html(results.sensitivity),
           estimate_html(results.specificity),  estimate_html(results.ppv),
           estimate_html(results.npv)};
    const auto& point = results.operating_point;
    if (thresholds) row.push_back(html_text(point ? number_text(point->threshold) : kDash));
  }
  Html html = html_table(table);
  if (decisions.size() > kMaxGroups) html = {"<div class=\"tall\">" + html.code + "</div>"};
  html += {"<p class=\"under\">" + html_text(how_intervals_came(decisions.front())).code + "</p>"};
  return html_card("Decisions, each class against the others", html);
}

Html group_card(const GroupResults& results) {
  HtmlTable table{{{results.column},
                   {"samples", true},
                   {"positive", true},
                   {"AUROC", true},
                   {"accuracy", true},
                   {"sensitivity", true},
                   {"specificity", true}},
                  {}};
  std::vector<const GroupMetrics*> shown;
  for (const GroupMetrics& group : results.groups) shown.push_back(&group);
  std::string note = results.class_name.empty() ? "" : "positive: " + results.class_name;
  if (shown.size() > kMaxGroups) {
    std::ranges::stable_sort(shown, std::ranges::greater{},
                             [](const GroupMetrics* g) { return g->counts.total(); });
    note +=
        fmt::format("{}the {} largest of {}", note.empty() ? "" : ", ", kMaxGroups, shown.size());
    shown.resize(kMaxGroups);
  }
  for (const GroupMetrics* group : shown) {
    table.rows.push_back({group->group.empty() ? Html{"<span class=\"note\">(none)</span>"}
                                               : html_short_text(group->group),
                          count_html(group->counts.total()), count_html(group->counts.positives()),
                          estimate_html(group->auroc), estimate_html(group->accuracy),
                          estimate_html(group->sensitivity), estimate_html(group->specificity)});
  }
  return html_card("By " + results.column, html_table(table), note);
}

Html temperature_card(const TemperatureResults& results) {
  const auto row = [](const char* name, double before, double after) {
    return std::vector<Html>{html_text(name), html_text(number_text(before)),
                             html_text(number_text(after))};
  };
  const Calibration &before = results.before.calibration, &after = results.after.calibration;
  Html html = calibration_plot(before, after);
  html += html_table(
      {{{"calibration"}, {"before", true}, {"after", true}},
       {row("ECE", before.expected_calibration_error(), after.expected_calibration_error()),
        row("Negative log-likelihood", results.before.nll, results.after.nll)}});
  std::string note = fmt::format("T = {:.4g}", results.temperature);
  if (!results.fitted_on.empty()) note += ", fitted on " + results.fitted_on;
  return html_card("Temperature scaling", html, note);
}

}  // namespace attune
