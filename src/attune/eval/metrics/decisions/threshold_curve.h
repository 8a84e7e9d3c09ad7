#pragma once

#include <cstdint>
#include <vector>

#include "attune/eval/metrics/labels/ranking.h"

namespace attune {

/// How many samples score at least each threshold. The first point is the threshold infinity, at
/// which nothing is called positive; then every distinct score, from the highest.
struct ThresholdCurve {
  struct Point {
    double threshold;
    std::int64_t true_positives, false_positives;
  };
  std::vector<Point> points;
  std::int64_t positives = 0, negatives = 0;
};
ThresholdCurve threshold_curve(std::vector<ScoredSample> samples);

struct RocPoint {
  double false_positive_rate, true_positive_rate, threshold;
};
/// Equal to scikit-learn's `roc_curve`; `drop_intermediate` leaves out points on a straight line.
/// Throws `data` unless both positive and negative samples exist.
std::vector<RocPoint> roc_curve(const ThresholdCurve& curve, bool drop_intermediate = true);

struct PrecisionRecallPoint {
  double recall, precision, threshold;
};
/// Equal to scikit-learn's `precision_recall_curve` but for the order: recall ascends, and the
/// point (0, 1) with the threshold infinity comes first. Throws `data` without a positive sample.
std::vector<PrecisionRecallPoint> precision_recall_curve(const ThresholdCurve& curve);

}  // namespace attune
