#include "attune/eval/report/sections/run/log_history.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <string>

#include <fmt/format.h>

#include "attune/eval/metrics/metric_values.h"

namespace attune {
namespace {

// The entries' values under `key` over their steps.
Curve curve_of(const Json& log_history, const std::string& key, const std::string& name) {
  Curve curve{name, {}};
  for (const Json& entry : log_history) {
    // An entry of the log holds what was measured at its step: of training, of evaluation, or of
    // both.
    if (entry.contains(key) && entry[key].is_number() && entry.contains("step")) {
      curve.points.emplace_back(entry["step"].get<double>(), entry[key].get<double>());
    }
  }
  return curve;
}

// All keys in the order they first occur.
std::vector<std::string> keys_of(const Json& log_history) {
  std::vector<std::string> keys;
  for (const Json& entry : log_history) {
    for (const auto& [key, value] : entry.items()) {
      if (value.is_number() && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

bool within_one(const Curve& curve) {
  return std::ranges::all_of(curve.points,
                             [](const auto& point) { return std::abs(point.second) <= 1.0; });
}

// Charts of the headlines beside the loss, which `loss` shows.
std::vector<LineChart> metric_charts(const Json& log_history, std::span<const MetricInfo> metrics,
                                     const LineChart& loss) {
  constexpr const char* kRising = "higher is better";
  constexpr const char* kFalling = "lower is better";
  LineChart rising{"Evaluation", "step", kRising, {}, {}};
  LineChart falling{"Errors in evaluation", "step", kFalling, {}, {}};
  std::vector<LineChart> others;
  for (const MetricInfo& metric : metrics) {
    if (!metric.headline || metric.name == "loss") continue;
    Curve curve = curve_of(log_history, "eval_" + metric.name, metric_title(metrics, metric.name));
    // The squared error of a regression is its loss.
    if (curve.points.empty() ||
        std::ranges::find(loss.curves, curve.points, &Curve::points) != loss.curves.end()) {
      continue;
    }
    curve.markers = curve.points.size() <= 60;
    if (within_one(curve)) {
      (metric.greater_is_better ? rising : falling).curves.push_back(std::move(curve));
    } else {
      others.push_back({curve.name, "step", metric.greater_is_better ? kRising : kFalling, {}, {}});
      others.back().curves.push_back(std::move(curve));
    }
  }
  std::vector<LineChart> charts{std::move(rising), std::move(falling)};
  std::ranges::move(others, std::back_inserter(charts));
  return charts;
}

std::vector<std::pair<double, std::string>> marks_of(const Json& log_history,
                                                     std::int64_t best_step) {
  std::map<std::int64_t, double> ends;  // epoch -> its last step
  for (const Json& entry : log_history) {
    if (!entry.contains("epoch") || !entry.contains("step")) continue;
    const double epoch = entry["epoch"].get<double>();
    const std::int64_t whole = std::llround(epoch);
    // Entries count epochs in fractions: where one comes out whole, an epoch ended.
    if (whole >= 1 && std::abs(epoch - static_cast<double>(whole)) < 1e-9) {
      ends[whole] = entry["step"].get<double>();
    }
  }
  std::vector<std::pair<double, std::string>> marks;
  bool best_marked = best_step == 0;
  for (const auto& [epoch, step] : ends) {
    const bool best = !best_marked && step == static_cast<double>(best_step);
    best_marked = best_marked || best;
    // Labels of a dozen epochs would cover each other.
    if (!best && ends.size() > 10) continue;  // too many to tell apart
    marks.emplace_back(step, fmt::format("{}{}{}", best || ends.size() <= 6 ? "epoch " : "", epoch,
                                         best ? ", best" : ""));
  }
  if (!best_marked) marks.emplace_back(static_cast<double>(best_step), "best");
  std::ranges::sort(marks);
  return marks;
}

}  // namespace

std::vector<LineChart> charts_from_log_history(const Json& log_history,
                                               std::span<const MetricInfo> metrics,
                                               std::int64_t best_step) {
  LineChart loss{"Loss", "step", "", {}, {}};
  LineChart rates{"Learning rate", "step", "", {}, {}}, norms{"Gradient norm", "step", "", {}, {}};
  for (const std::string& key : keys_of(log_history)) {
    if (key == "loss") {
      loss.curves.push_back(curve_of(log_history, key, "training"));
      // Single batches scatter; from so many points on the course is lost in them.
      loss.curves.back().smooth = loss.curves.back().points.size() > 40;
    } else if (key == "eval_loss") {
      loss.curves.push_back(curve_of(log_history, key, "evaluation"));
      loss.curves.back().markers = loss.curves.back().points.size() <= 60;
    } else if (key.starts_with("learning_rate")) {
      std::string name = key;
      std::ranges::replace(name, '_', ' ');
      rates.curves.push_back(curve_of(log_history, key, name));
    } else if (key == "grad_norm") {
      norms.curves.push_back(curve_of(log_history, key, "gradient norm"));
      norms.curves.back().smooth = norms.curves.back().points.size() > 40;
    }
  }
  for (Curve& curve : loss.curves) curve.markers = curve.markers || curve.points.size() == 1;
  std::vector<LineChart> charts = metric_charts(log_history, metrics, loss);
  charts.insert(charts.begin(), std::move(loss));
  const auto is_a_point = [](const Curve& curve) { return curve.points.size() <= 1; };
  for (LineChart* chart : {&rates, &norms}) {
    // A single point of a loss or a score is a result; of a learning rate it says nothing.
    if (!std::ranges::all_of(chart->curves, is_a_point)) charts.push_back(std::move(*chart));
  }
  std::erase_if(charts, [](const LineChart& chart) { return chart.curves.empty(); });
  for (LineChart& chart : charts) chart.marks = marks_of(log_history, best_step);
  return charts;
}

}  // namespace attune
