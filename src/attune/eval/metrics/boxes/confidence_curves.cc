#include "attune/eval/metrics/boxes/confidence_curves.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "attune/eval/metrics/boxes/ledger.h"

namespace attune {

namespace {

/// The line through the points (xs, ys) at `x`, as NumPy's `interp`: `xs` does not fall, beyond its
/// ends the values of the ends.
double interpolate(double x, const std::vector<double>& xs, const std::vector<double>& ys) {
  const auto above = std::ranges::upper_bound(xs, x);
  if (above == xs.begin()) return ys.front();
  if (above == xs.end()) return ys.back();
  const auto right = static_cast<std::size_t>(above - xs.begin());
  const double share = (x - xs[right - 1]) / (xs[right] - xs[right - 1]);
  return ys[right - 1] + share * (ys[right] - ys[right - 1]);
}

/// The curve from recall 0 with precision 1, straight down at the last recall, then 0.
PrecisionRecall closed(PrecisionRecall curve) {
  curve.recall.insert(curve.recall.begin(), 0.0);
  curve.recall.insert(curve.recall.end(), {curve.recall.back(), 1.0});
  curve.precision.insert(curve.precision.begin(), 1.0);
  curve.precision.insert(curve.precision.end(), {0.0, 0.0});
  make_envelope(curve.precision);
  return curve;
}

/// The area under a closed curve, as a trapezoid over COCO's recalls.
double area_under(const PrecisionRecall& curve) {
  double area = 0, begin = 0;
  double before = interpolate(begin, curve.recall, curve.precision);
  for (const double recall : coco_recalls()) {
    const double here = interpolate(recall, curve.recall, curve.precision);
    area += (before + here) / 2 * (recall - begin);
    before = here;
    begin = recall;
  }
  return area;
}

/// Scores as `interpolate` wants them, rising.
std::vector<double> negative_scores(const Ledger& ledger) {
  std::vector<double> scores;
  for (const JudgedBox& found : ledger.found) scores.push_back(-found.score);
  return scores;
}

ClassCurves curves_of(const Ledger& ledger) {
  ClassCurves curves;
  curves.objects = ledger.objects[0];
  if (curves.objects == 0) return curves;
  for (auto* curve : {&curves.precision, &curves.recall, &curves.f1, &curves.precision_at_recall}) {
    curve->assign(kCurvePoints, 0.0);
  }
  if (ledger.found.empty()) return curves;
  constexpr auto kAll = std::numeric_limits<std::uint32_t>::max();
  const std::vector<double> scores = negative_scores(ledger);
  for (std::size_t t = 0; t < kCocoThresholds; ++t) {
    const PrecisionRecall raw = precision_recall(ledger, t, BoxSize::all, kAll);
    const PrecisionRecall closing = closed(raw);
    curves.average_precision[t] = area_under(closing);
    if (t != 0) continue;
    for (std::size_t i = 0; i < kCurvePoints; ++i) {
      const double at = curve_point(i);
      // Above the highest score nothing is found, and of nothing all is right.
      const bool none = -at < scores.front();
      const double precision = none ? 1 : interpolate(-at, scores, raw.precision);
      const double recall = none ? 0 : interpolate(-at, scores, raw.recall);
      curves.precision[i] = precision;
      curves.recall[i] = recall;
      curves.f1[i] = 2 * precision * recall / (precision + recall + 1e-16);
      curves.precision_at_recall[i] = interpolate(at, closing.recall, closing.precision);
    }
  }
  return curves;
}

/// The mean of each point and its 50 neighbours on both sides; the ends repeat.
std::vector<double> smoothed(const std::vector<double>& values) {
  constexpr std::ptrdiff_t kReach = 50;
  const auto last = std::ssize(values) - 1;
  std::vector<double> means;
  for (std::ptrdiff_t i = 0; i <= last; ++i) {
    double sum = 0;
    for (std::ptrdiff_t j = i - kReach; j <= i + kReach; ++j) {
      sum += values[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(j, 0, last))];
    }
    means.push_back(sum / (2 * kReach + 1));
  }
  return means;
}

/// Mean over the classes that have objects of what `value` takes of each; NaN without such classes.
template <typename Value>
double mean_of(const std::vector<ClassCurves>& classes, Value value) {
  double sum = 0, count = 0;
  for (const ClassCurves& curves : classes) {
    if (curves.objects == 0) continue;
    sum += value(curves);
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / count;
}

/// Crowds are no objects here, and what lies in them is judged as if they were not there.
std::vector<JudgedPicture> without_crowds(std::span<const JudgedPicture> pictures) {
  std::vector<JudgedPicture> kept(pictures.begin(), pictures.end());
  for (JudgedPicture& picture : kept) std::erase_if(picture.truth, &LabelledBox::crowd);
  return kept;
}

}  // namespace

double curve_point(std::size_t i) {
  return static_cast<double>(i) / static_cast<double>(kCurvePoints - 1);
}

ConfidenceCurves confidence_curves(std::span<const JudgedPicture> pictures,
                                   std::int64_t num_classes) {
  const bool crowded = std::ranges::any_of(pictures, [](const JudgedPicture& picture) {
    return std::ranges::any_of(picture.truth, &LabelledBox::crowd);
  });
  const auto alone = crowded ? without_crowds(pictures) : std::vector<JudgedPicture>{};
  constexpr auto kAll = std::numeric_limits<std::size_t>::max();
  ConfidenceCurves result;
  for (const Ledger& ledger : judge(crowded ? alone : pictures, num_classes, kAll)) {
    result.by_class.push_back(curves_of(ledger));
  }
  std::vector<double> mean_f1(kCurvePoints);
  for (std::size_t i = 0; i < kCurvePoints; ++i) {
    mean_f1[i] = mean_of(result.by_class, [i](const ClassCurves& curves) { return curves.f1[i]; });
  }
  const std::vector<double> smooth = smoothed(mean_f1);
  result.best_point = static_cast<std::size_t>(std::ranges::max_element(smooth) - smooth.begin());
  result.best_score = curve_point(result.best_point);
  return result;
}

std::vector<MetricInfo> ConfidenceCurves::infos() {
  return {{"precision", kRises, kDetail, "Precision at the best threshold"},
          {"recall", kRises, kDetail, "Recall at the best threshold"},
          {"f1", kRises, kDetail, "F1 at the best threshold"},
          {"ultralytics_map_50", kRises, kDetail, "mAP@.5 as ultralytics"},
          {"ultralytics_map", kRises, kDetail, "mAP@[.5:.95] as ultralytics"}};
}

MetricValues ConfidenceCurves::values() const {
  const auto at_best = [this](std::vector<double> ClassCurves::*curve) {
    return mean_of(by_class, [&](const ClassCurves& one) { return (one.*curve)[best_point]; });
  };
  constexpr std::string_view kReason = "no object to judge by";
  MetricValues values;
  values.add("precision", at_best(&ClassCurves::precision), kReason);
  values.add("recall", at_best(&ClassCurves::recall), kReason);
  values.add("f1", at_best(&ClassCurves::f1), kReason);
  values.add("ultralytics_map_50",
             mean_of(by_class, [](const ClassCurves& one) { return one.average_precision[0]; }),
             kReason);
  values.add("ultralytics_map",
             mean_of(by_class,
                     [](const ClassCurves& one) {
                       const auto& all = one.average_precision;
                       return std::accumulate(all.begin(), all.end(), 0.0) / kCocoThresholds;
                     }),
             kReason);
  return values;
}

}  // namespace attune
