#include "attune/eval/report/sections/decisions/curve_cards.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "attune/eval/report/charts/rate_plot.h"
#include "attune/eval/report/page/svg.h"

namespace attune {
namespace {

std::string point_label(const DecisionResults& results) {
  const BinaryCounts& counts = results.counts;
  std::string label =
      fmt::format("{}: sensitivity {:.3f}, specificity {:.3f}, PPV {:.3f}", results.class_name,
                  counts.sensitivity(), counts.specificity(), counts.ppv());
  if (results.operating_point) {
    label += fmt::format(" at threshold {:.4g}", results.operating_point->threshold);
  }
  return label;
}

RateCurve roc(const DecisionResults& results) {
  RateCurve curve{.name = results.class_name};
  for (const RocPoint& point : results.roc) {
    curve.points.emplace_back(point.false_positive_rate, point.true_positive_rate);
  }
  // The decision as it was taken: a threshold from other data need not lie on a corner of the
  // curve.
  curve.operating_point = {1.0 - results.counts.specificity(), results.counts.sensitivity()};
  curve.operating_label = point_label(results);
  return curve;
}

RateCurve precision_recall(const DecisionResults& results) {
  RateCurve curve{.name = results.class_name};
  for (const PrecisionRecallPoint& point : results.precision_recall) {
    curve.points.emplace_back(point.recall, point.precision);
  }
  const BinaryCounts& counts = results.counts;
  // Where nothing was called there is no precision, and so no dot.
  if (counts.true_positives + counts.false_positives > 0) {
    curve.operating_point = {counts.sensitivity(), counts.ppv()};
    curve.operating_label = point_label(results);
  }
  return curve;
}

std::string note(const char* name, const Estimate& estimate) {
  const std::string value = fmt::format("{} {:.4f}", name, estimate.value);
  if (!std::isfinite(estimate.low)) return value;
  return fmt::format("{} (95 %: {:.3f} to {:.3f})", value, estimate.low, estimate.high);
}

}  // namespace

std::vector<Html> curve_cards(std::span<const DecisionResults> decisions) {
  std::vector<const DecisionResults*> shown;
  for (const DecisionResults& results : decisions) {
    if (!results.roc.empty()) shown.push_back(&results);
  }
  if (shown.empty()) return {};
  const std::size_t available = shown.size();
  // The most frequent classes decide what a user meets; equal ones stay in the order of the labels.
  std::ranges::stable_sort(shown, std::ranges::greater{},
                           [](const DecisionResults* r) { return r->counts.positives(); });
  if (available > kSeriesColors) shown.resize(kSeriesColors);

  RateChart roc_chart{.title = "ROC curve",
                      .x_title = "false positive rate (1 - specificity)",
                      .y_title = "sensitivity",
                      .diagonal = true};
  RateChart precision_chart{.title = "Precision-recall curve",
                            .x_title = "recall (sensitivity)",
                            .y_title = "precision (PPV)",
                            .steps = true};
  for (const DecisionResults* results : shown) {
    roc_chart.curves.push_back(roc(*results));
    precision_chart.curves.push_back(precision_recall(*results));
  }
  std::string roc_note, precision_note;
  // With a single curve there is room to tell its area and the decision in words.
  if (available == 1) {
    const DecisionResults& only = *shown.front();
    roc_note = note("AUROC", only.auroc);
    precision_note = note("average precision", only.average_precision);
    // What guessing achieves: the share of positives, whatever the recall.
    precision_chart.level =
        static_cast<double>(only.counts.positives()) / static_cast<double>(only.counts.total());
  } else if (available > kSeriesColors) {
    roc_note = fmt::format("the {} most frequent of {} classes", kSeriesColors, available);
  }
  const std::string dots =
      available == 1
          ? "The dot is the decision taken: " + roc_chart.curves.front().operating_label + "."
          : "The dots are the decisions taken.";
  const Html under{"<p class=\"under\">" + html_text(dots).code + "</p>"};
  const auto card = [&](const RateChart& chart, const std::string& small) {
    return html_card(chart.title, {rate_plot(chart).code + under.code}, small);
  };
  return {card(roc_chart, roc_note), card(precision_chart, precision_note)};
}

}  // namespace attune
