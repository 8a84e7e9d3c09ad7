#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/metrics/boxes/coco_match.h"
#include "attune/eval/metrics/boxes/judged_picture.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

inline constexpr std::size_t kCurvePoints = 1000;
/// What point i of a curve stands for: a score or a recall of i / 999.
double curve_point(std::size_t i);

/// How one class is found at an overlap of .5, by the lowest score that is let through; empty where
/// it has no objects.
struct ClassCurves {
  std::int64_t objects = 0;
  std::vector<double> precision, recall, f1;                ///< over the score, `kCurvePoints` each
  std::vector<double> precision_at_recall;                  ///< over the recall
  std::array<double, kCocoThresholds> average_precision{};  ///< at each overlap
};

/// Curves and mean average precision as ultralytics makes them. They differ from COCO's: precision
/// is interpolated between boxes, its integral is a trapezoid's, crowds are left out and all boxes
/// of a picture count, so the numbers are named apart.
struct ConfidenceCurves {
  std::vector<ClassCurves> by_class;
  /// Where the mean F1 of the classes, smoothed over a tenth of the scores, is highest: the score
  /// below which a box is better not shown. 0 where nothing can be judged.
  double best_score = 0;
  std::size_t best_point = 0;

  /// `precision`, `recall` and `f1` at `best_score`, `ultralytics_map_50` and `ultralytics_map`:
  /// means over classes that have objects.
  static std::vector<MetricInfo> infos();
  MetricValues values() const;
};
ConfidenceCurves confidence_curves(std::span<const JudgedPicture> pictures,
                                   std::int64_t num_classes);

}  // namespace attune
