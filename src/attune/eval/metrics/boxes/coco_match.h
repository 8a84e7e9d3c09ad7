#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "attune/eval/metrics/boxes/by_class.h"

namespace attune {

inline constexpr std::size_t kCocoThresholds = 10;
/// The overlaps .5, .55, ... .95 at which COCO judges, with the rounding of NumPy's `linspace`.
const std::array<double, kCocoThresholds>& coco_thresholds();

/// COCO's sizes by the area of an object in pixels: all, small (to 32 x 32), medium (to 96 x 96),
/// large. An area on a border belongs to both sides.
enum class BoxSize : std::uint8_t { all, small, medium, large };
inline constexpr std::size_t kBoxSizes = 4;
bool has_size(double area, BoxSize size);

/// A set of thresholds: bit t stands for `coco_thresholds()[t]`.
using ThresholdBits = std::uint16_t;

/// How one found box was judged. It is a true positive where it is matched and not ignored, a false
/// positive where it is neither.
struct JudgedBox {
  double score = 0;
  std::uint32_t rank = 0;  ///< among the boxes of its class and picture, 0 for the highest score
  std::array<ThresholdBits, kBoxSizes> matched{}, ignored{};
};

/// The boxes of one class of one picture, judged as pycocotools' `COCOeval.evaluateImg` does: from
/// the highest score down each takes the free object of the best overlap, one that counts before
/// one that does not (a crowd, another size). Such an object neither helps nor harms who takes it,
/// and a crowd may be taken often.
struct CocoMatches {
  std::vector<JudgedBox> found;
  std::array<std::int64_t, kBoxSizes> objects{};  ///< that count, by size
};
CocoMatches coco_match(const ClassBoxes& boxes);

}  // namespace attune
