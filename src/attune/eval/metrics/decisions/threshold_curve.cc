#include "attune/eval/metrics/decisions/threshold_curve.h"

#include <algorithm>
#include <limits>

#include "attune/base/error.h"

namespace attune {

ThresholdCurve threshold_curve(std::vector<ScoredSample> samples) {
  std::ranges::sort(samples, std::ranges::greater{}, &ScoredSample::score);
  ThresholdCurve curve;
  curve.points.push_back({std::numeric_limits<double>::infinity(), 0, 0});
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ++(samples[i].positive ? curve.positives : curve.negatives);
    // A threshold cannot part equal scores: one point for all of them.
    const bool last_of_ties = i + 1 == samples.size() || samples[i + 1].score != samples[i].score;
    if (last_of_ties) curve.points.push_back({samples[i].score, curve.positives, curve.negatives});
  }
  return curve;
}

std::vector<RocPoint> roc_curve(const ThresholdCurve& curve, bool drop_intermediate) {
  check(curve.positives > 0 && curve.negatives > 0, ErrorKind::data,
        "a ROC curve of {} positive and {} negative samples, expected at least one of each",
        curve.positives, curve.negatives);
  const auto& points = curve.points;
  // Like scikit-learn, the point before the first score is added after the straight lines are cut,
  // and therefore never makes the first score an intermediate one.
  const auto intermediate = [&](std::size_t i) {
    if (i <= 1 || i + 1 == points.size()) return false;
    // The second difference is 0 where the point before, this one and the next lie on a line.
    const auto bend = [&](auto member) {
      return points[i + 1].*member - 2 * points[i].*member + points[i - 1].*member;
    };
    return bend(&ThresholdCurve::Point::true_positives) == 0 &&
           bend(&ThresholdCurve::Point::false_positives) == 0;
  };
  std::vector<RocPoint> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (drop_intermediate && intermediate(i)) continue;
    result.push_back(
        {static_cast<double>(points[i].false_positives) / static_cast<double>(curve.negatives),
         static_cast<double>(points[i].true_positives) / static_cast<double>(curve.positives),
         points[i].threshold});
  }
  return result;
}

std::vector<PrecisionRecallPoint> precision_recall_curve(const ThresholdCurve& curve) {
  check(curve.positives > 0, ErrorKind::data,
        "a precision-recall curve of {} negative samples and no positive one, expected at least "
        "one positive",
        curve.negatives);
  std::vector<PrecisionRecallPoint> result;
  for (const auto& [threshold, true_positives, false_positives] : curve.points) {
    const std::int64_t called = true_positives + false_positives;
    const double hits = static_cast<double>(true_positives);
    // Where nothing is called, precision is 0 / 0; scikit-learn takes 1, and so the curve begins at
    // (0, 1).
    result.push_back({hits / static_cast<double>(curve.positives),
                      called == 0 ? 1.0 : hits / static_cast<double>(called), threshold});
  }
  return result;
}

}  // namespace attune
