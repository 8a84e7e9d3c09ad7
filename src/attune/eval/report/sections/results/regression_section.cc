#include "attune/eval/report/sections/results/regression_section.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/eval/report/charts/histogram.h"
#include "attune/eval/report/charts/scatter_plot.h"

namespace attune {
namespace {

Html residuals_card(const std::vector<float>& predictions, const std::vector<float>& targets) {
  std::vector<double> residuals;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    residuals.push_back(static_cast<double>(predictions[i]) - static_cast<double>(targets[i]));
  }
  const Html plot =
      histogram_plot(make_histogram(residuals, 40), "prediction minus target", "samples", {}, 220);
  // Quantiles rather than a deviation: they say something of errors of any distribution.
  std::ranges::sort(residuals);
  const auto quantile = [&](double q) {
    return number_text(residuals[static_cast<std::size_t>(q * double(residuals.size() - 1))]);
  };
  const Html note{
      fmt::format("<p class=\"under\">Half of the errors lie between {} and {}, "
                  "nine of ten between {} and {}.</p>",
                  quantile(0.25), quantile(0.75), quantile(0.05), quantile(0.95))};
  return html_card("Residuals", {plot.code + note.code});
}

}  // namespace

Section regression_section(const EvaluatedMetrics& metrics, const std::vector<float>& predictions,
                           const std::vector<float>& targets) {
  // Pairs by position: one more of either would pair all that follow wrongly.
  check(predictions.size() == targets.size(), ErrorKind::internal, "{} predictions for {} targets",
        predictions.size(), targets.size());
  std::vector<Html> left{metrics_card(metrics)}, right;
  if (!targets.empty()) {
    left.push_back(residuals_card(predictions, targets));
    right.push_back(html_card("Predictions", scatter_plot(predictions, targets)));
  }
  return {"Results", html_stacks(std::array{left, right}), Place::results};
}

}  // namespace attune
