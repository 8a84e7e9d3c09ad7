#include "attune/eval/report/sections/results/class_results_section.h"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/eval/report/charts/confusion_table.h"
#include "attune/eval/report/charts/reliability_plot.h"

namespace attune {
namespace {

constexpr std::size_t kSmallMatrix = 6;  // so many classes fit in half the page's width
constexpr std::size_t kTallTable = 30;   // beyond, the table scrolls in its card

// The averages over classes stand under the table of classes.
bool is_average(std::string_view name) {
  const bool of_classes =
      name.starts_with("f1_") || name.starts_with("precision_") || name.starts_with("recall_");
  return of_classes &&
         (name.ends_with("_macro") || name.ends_with("_micro") || name.ends_with("_weighted"));
}

EvaluatedMetrics without_averages(EvaluatedMetrics metrics) {
  // They stand under the table of classes already.
  std::erase_if(metrics.values.values, [](const auto& item) { return is_average(item.first); });
  return metrics;
}

std::vector<Html> score_row(Html name, const ClassScores& scores) {
  return {std::move(name),
          html_text(number_text(scores.precision)),
          html_text(number_text(scores.recall)),
          {html_bar(scores.f1).code + html_text(number_text(scores.f1)).code},
          html_text(with_thousands(scores.support))};
}

Html classes_card(const ClassResults& classes) {
  HtmlTable table{
      {{"class"}, {"precision", true}, {"recall", true}, {"F1", true}, {"samples", true}}, {}};
  for (std::size_t i = 0; i < classes.names.size(); ++i) {
    table.rows.push_back(score_row(html_short_text(classes.names[i]), classes.scores.at(i)));
  }
  // The same averages as the metrics: over classes that occur (one label a sample), or over all.
  std::vector<ClassScores> seen = classes.scores;
  if (classes.confusion) seen = scores_of_seen_classes(*classes.confusion);
  const Html average{"<span class=\"note\">average, "};
  table.rows.push_back(score_row({average.code + "macro</span>"}, macro_average(seen)));
  table.rows.push_back(score_row({average.code + "weighted</span>"}, weighted_average(seen)));
  Html html = html_table(table);
  // A thousand rows would bury all that stands below.
  if (classes.names.size() > kTallTable) html = {"<div class=\"tall\">" + html.code + "</div>"};
  return html_card("Classes", html);
}

Html confusion_card(const ClassResults& classes) {
  const bool pairs_only = classes.names.size() > 30;
  Html html = confusion_table(*classes.confusion, classes.names);
  // In a large matrix the pairs that matter are hard to find by eye.
  if (!pairs_only && classes.names.size() > kSmallMatrix) {
    html += {"<p class=\"under\">Most often confused:</p>"};
    html += most_confused_table(*classes.confusion, classes.names, 8);
  }
  if (!classes.decided_by.empty()) {
    html += {"<p class=\"under\">" + html_text(classes.decided_by).code + "</p>"};
  }
  return html_card(pairs_only ? "Most often confused" : "Confusion matrix", html,
                   pairs_only ? "" : "counts, shaded by share of the true class");
}

Html calibration_card(const Calibration& calibration) {
  double samples = 0.0, correct = 0.0, confidence = 0.0;
  for (const Calibration::Bin& bin : calibration.bins()) {
    samples += static_cast<double>(bin.count);
    correct += static_cast<double>(bin.correct);
    confidence += bin.confidence_sum;
  }
  if (samples == 0) return {};
  // Over all bins: their own gaps may cancel, which the diagram shows and ECE counts.
  const double gap = (confidence - correct) / samples;
  const char* verdict = std::abs(gap) < 0.01 ? "well calibrated"
                        : gap > 0            ? "overconfident"
                                             : "underconfident";
  Html html = reliability_plot(calibration);
  html +=
      {fmt::format("<p class=\"under\">On average the model is {}: mean confidence {:.3f}, "
                   "accuracy {:.3f}.</p>",
                   verdict, confidence / samples, correct / samples)};
  return html_card("Calibration", html,
                   fmt::format("ECE {:.4f}, {} bins", calibration.expected_calibration_error(),
                               calibration.bins().size()));
}

}  // namespace

ClassResults class_results(const ClassificationMetrics& metrics) {
  return {metrics.label_names(), metrics.per_class(), metrics.confusion(), metrics.calibration()};
}

ClassResults class_results(const MultilabelMetrics& metrics) {
  return {metrics.label_names(), metrics.per_class(), std::nullopt, std::nullopt};
}

Section class_results_section(const EvaluatedMetrics& metrics, const ClassResults& classes) {
  // Two columns; a large matrix and its classes stand under them over the page's width.
  std::vector<Html> left{metrics_card(without_averages(metrics))}, right, wide;
  const bool small = classes.names.size() <= kSmallMatrix;
  if (classes.calibration) right.push_back(calibration_card(*classes.calibration));
  if (classes.confusion) (small ? left : wide).push_back(confusion_card(classes));
  (small ? right : wide).push_back(classes_card(classes));
  Html body = html_stacks(std::array{left, right});
  for (const Html& card : wide) body += card;
  return {"Results", std::move(body), Place::results};
}

}  // namespace attune
