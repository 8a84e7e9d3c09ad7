#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "attune/eval/metrics/boxes/judged_picture.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

/// COCO's twelve numbers, in its order. NaN where COCO writes -1: there is no object to judge by.
struct CocoScores {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  /// Average precision over the overlaps .5 to .95, at .5, at .75, and by size of the objects.
  double map = kNone, map_50 = kNone, map_75 = kNone;
  double map_small = kNone, map_medium = kNone, map_large = kNone;
  /// Average recall with 1, 10 and 100 boxes a picture and class, and by size with 100.
  double mar_1 = kNone, mar_10 = kNone, mar_100 = kNone;
  double mar_small = kNone, mar_medium = kNone, mar_large = kNone;

  /// Under torchmetrics' names: `map`, `map_50`, ... `mar_large`.
  static std::vector<MetricInfo> infos();
  MetricValues values() const;
};

struct CocoResults {
  CocoScores all;                     ///< the mean over classes that have objects
  std::vector<CocoScores> by_class;   ///< of the class alone
  std::vector<std::int64_t> objects;  ///< by class, crowds left out
};

/// Equal to pycocotools' `COCOeval` for boxes with its default parameters. Throws `data` for a
/// class outside of [0, num_classes) and numbers that are not finite. Source:
/// https://github.com/cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py
CocoResults coco_scores(std::span<const JudgedPicture> pictures, std::int64_t num_classes);

}  // namespace attune
